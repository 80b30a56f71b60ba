import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { openShop, type Shop } from "./shop.ts";
import { boto3 } from "./tools.ts";

let shop: Shop;

beforeEach(async () => {
  shop = await openShop();
});
afterEach(async () => {
  const { violations } = shop.aws;
  await shop.close();
  expect(violations).toEqual([]);
});

describe("boto3 deploying to the simulated ECS", () => {
  it("registers, updates and waits with services_stable until the new revision serves alone", async () => {
    const seen = await boto3(shop.environment, "./deploy.py", "shop-api:2");

    expect(seen).toMatchObject({ status: "SUCCESSFUL", running: 2, exitCodes: [] });
    expect(seen["serving"]).toBe(seen["registered"]);
    expect(await (await fetch(shop.url)).text()).toBe("shop-api:2\n");
  }, 60_000);

  it("sees the circuit breaker bring the old revision back, with the reason, when the image crashes", async () => {
    const seen = await boto3(shop.environment, "./deploy.py", "shop-api:crash");

    expect(seen).toMatchObject({
      status: "ROLLBACK_SUCCESSFUL",
      statusReason: expect.stringMatching(/circuit breaker/i),
      rollbackReason: expect.stringMatching(/circuit breaker/i),
      running: 2,
      exitCodes: expect.arrayContaining([3]),
    });
    expect(seen["serving"]).toBe(seen["before"]);
    expect(await (await fetch(shop.url)).text()).toBe("shop-api:1\n");
  }, 60_000);
});
