import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { JsonObject } from "#ship/simulators";
import {
  denied,
  endOf,
  forGood,
  isStable,
  nextImage,
  release,
  strike,
  strikeAfter,
  unavailable,
} from "./trouble.ts";
import { cluster, firstImage, serviceTarget, type World, world } from "./world.ts";

let shop: World;
beforeEach(async () => {
  shop = await world();
  const [targetGroupArn, alternateTargetGroupArn] = shop.weights().keys();
  await shop.aws.call("ecs", "DeleteService", { cluster, service: "shop-green", force: true });
  await shop.aws.call("ecs", "UpdateService", {
    cluster,
    service: "shop-blue",
    deploymentConfiguration: { strategy: "BLUE_GREEN", bakeTimeInMinutes: 5 },
    loadBalancers: [
      {
        targetGroupArn: String(targetGroupArn),
        containerName: "api",
        containerPort: 3000,
        advancedConfiguration: {
          alternateTargetGroupArn: String(alternateTargetGroupArn),
          productionListenerRule: shop.rule,
          roleArn: "arn:aws:iam::123456789012:role/ecs-load-balancers",
        },
      },
    ],
  });
  await shop.time.advance(1_800_000);
});
afterEach(async () => {
  expect(shop.aws.violations).toEqual([]);
  await shop.close();
});

/** Lets the account come to rest and expects one revision in full number, healthy behind the one target group with traffic. */
async function expectServing(image: string): Promise<void> {
  shop.aws.faults.clear();
  await shop.time.advance(1_800_000);
  expect(shop.runningImages("shop-blue")).toEqual([image, image]);
  expect(await isStable(shop)).toBe(true);
  const weights = [...shop.weights()].filter(([, weight]) => weight > 0);
  expect(weights).toHaveLength(1);
  const { TargetHealthDescriptions } = await shop.aws.call("elbv2", "DescribeTargetHealth", {
    TargetGroupArn: String(weights[0]?.[0]),
  });
  const healthy = (TargetHealthDescriptions as JsonObject[]).filter(
    (each) => (each["TargetHealth"] as JsonObject)["State"] === "healthy",
  );
  expect(healthy).toHaveLength(2);
}

describe("a service whose strategy is BLUE_GREEN", () => {
  it("is deployed only when its bake time is over", async () => {
    const begun = shop.time.now();
    expect(endOf(await shop.deploy(release))).toBe("deployed");
    expect(shop.time.now() - begun).toBeGreaterThan(300_000);
    expect(await isStable(shop)).toBe(true);
    await expectServing(nextImage);
  });

  it("goes back when the release crashes", async () => {
    shop.runtime.script(nextImage, { does: "exits", afterMs: 1_000, code: 3 });
    expect(endOf(await shop.deploy(release))).toBe("rolled-back DEPLOYMENT_ROLLED_BACK");
    await expectServing(firstImage);
  });

  it.each([1, 30, 60])("goes back, traffic and all, when cancelled at look %i", async (nth) => {
    const end = await shop.deploy(release, { action: "DescribeServiceDeployments", nth });
    expect(["cancelled CANCELLED", "rolled-back CANCELLED"]).toContain(endOf(end));
    await end.post();
    await expectServing(firstImage);
  });

  it.each([forGood(unavailable), denied])(
    "goes back by a deployment of its own when the stop of a cancellation meets %j",
    async (trouble) => {
      strike(shop, "StopServiceDeployment", trouble);
      const end = await shop.deploy(release, { action: "DescribeServiceDeployments", nth: 60 });
      expect(["cancelled CANCELLED", "rolled-back CANCELLED"]).toContain(endOf(end));
      await expect(end.post()).rejects.toThrow(
        /last seen: shop:1, 0 of 2 running \(IN_PROGRESS\), beside 2 of shop:1/,
      );
      await expectServing(firstImage);
    },
  );

  it("waits an outage during its bake time out", async () => {
    const begun = shop.time.now();
    strikeAfter(shop, "UpdateService", "DescribeServiceDeployments", forGood(unavailable));
    shop.aws.calls.follow(() => {
      if (shop.time.now() - begun > 200_000) shop.aws.faults.clear();
    });
    expect(endOf(await shop.deploy(release))).toBe("deployed");
    await expectServing(nextImage);
  });

  it("is judged by rollout states where service deployments are denied", async () => {
    for (const action of ["ListServiceDeployments", "DescribeServiceDeployments"])
      strike(shop, action, denied);
    expect(endOf(await shop.deploy({ ...release, target: serviceTarget() }))).toBe("deployed");
    await expectServing(nextImage);
  });
});
