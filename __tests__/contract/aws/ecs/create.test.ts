import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { DeployRequest } from "#ship/aws";
import type { JsonObject } from "#ship/simulators";
import {
  denied,
  endOf,
  forGood,
  lost,
  nameOf,
  reset,
  strike,
  type Trouble,
  throttle,
  unavailable,
} from "./trouble.ts";
import { cluster, serviceTarget, type World, withImage, world } from "./world.ts";

let shop: World;
let document: JsonObject;
beforeEach(async () => {
  shop = await world();
  const { networkConfiguration } = await shop.service("shop-blue");
  document = { desiredCount: 2, launchType: "FARGATE", networkConfiguration: networkConfiguration ?? {} };
  shop.write("service.json", JSON.stringify(document));
});
afterEach(async () => {
  expect(shop.aws.violations).toEqual([]);
  await shop.close();
});

/** A deployment of `shop-new`, which does not exist yet. */
const first = (wishes: Parameters<typeof serviceTarget>[0] = {}): Partial<DeployRequest> => ({
  changes: withImage("shop:2"),
  target: { ...serviceTarget(wishes, "shop-new"), createFrom: "service.json" } as DeployRequest["target"],
});
const created = () => shop.aws.calls.of("ecs", "CreateService");
const services = () =>
  [...shop.aws.ecs.state.services.values()].filter(({ name }) => name === "shop-new").length;

describe("a service that does not exist", () => {
  it("is created with the registered revision, and waited for", async () => {
    const end = await shop.deploy(first());
    expect(endOf(end)).toBe("deployed");
    expect(created().map(({ input }) => input)).toEqual([
      {
        ...document,
        cluster,
        serviceName: "shop-new",
        taskDefinition: end.outputs["task-definition-arn"],
        clientToken: expect.any(String),
      },
    ]);
    expect(shop.runningImages("shop-new")).toEqual(["shop:2", "shop:2"]);
    expect(end.outputs["service-arn"]).toMatch(/service\/production\/shop-new$/);
  });

  it("is unchanged, its document unread by Amazon ECS, when run again", async () => {
    await shop.deploy(first());
    expect(endOf(await shop.deploy(first()))).toBe("unchanged");
    expect(created()).toHaveLength(1);
  });

  it("is created again after it was deleted", async () => {
    await shop.deploy(first());
    await shop.aws.call("ecs", "DeleteService", { cluster, service: "shop-new", force: true });
    await expect(shop.deploy(first())).rejects.toThrow("DRAINING");
    await shop.time.advance(600_000);
    expect(endOf(await shop.deploy(first()))).toBe("deployed");
  });

  it("takes what the inputs ask for over its document", async () => {
    await shop.deploy(
      first({ desired: 1, members: { enableExecuteCommand: true }, configuration: { maximumPercent: 150 } }),
    );
    expect(created()[0]?.input).toMatchObject({
      desiredCount: 1,
      enableExecuteCommand: true,
      deploymentConfiguration: { maximumPercent: 150 },
    });
  });

  it("is only planned in a dry run", async () => {
    const { outcome, outputs } = await shop.deploy({ ...first(), mode: "plan" });
    expect(outputs["result"]).toBe("planned");
    expect(outcome.summary).toContain("create shop-new in production");
    expect(services()).toBe(0);
  });

  it("is missing, and said to be, without a document", async () => {
    const end = await shop.deploy({ changes: withImage("shop:2"), target: serviceTarget({}, "shop-new") });
    expect(endOf(end)).toBe("failed NOT_FOUND");
  });

  it("stays when its first release fails, which is said", async () => {
    shop.runtime.script("shop:2", { does: "exits", afterMs: 1_000, code: 3 });
    const end = await shop.deploy(first());
    expect(endOf(end)).toBe("failed DEPLOYMENT_FAILED");
    expect(end.log.join("\n")).toMatch(/Nothing served before this run created shop-new, .*: it stays/);
    shop.runtime.script("shop:3", { does: "runs" });
    expect(endOf(await shop.deploy({ ...first(), changes: withImage("shop:3") }))).toBe("deployed");
  });
});

describe("CreateService that meets trouble", () => {
  const once: Trouble[] = [throttle, unavailable, reset, lost];

  it.each(once.map((trouble) => [nameOf(trouble), trouble] as const))(
    "creates one service: %s",
    async (_, trouble) => {
      strike(shop, "CreateService", trouble);
      expect(endOf(await shop.deploy(first()))).toBe("deployed");
      expect(services()).toBe(1);
    },
  );

  it.each([
    ["SERVICE_UNAVAILABLE", forGood(throttle)],
    ["SERVICE_UNAVAILABLE", forGood(unavailable)],
    ["ACCESS_DENIED", denied],
  ] as const)("ends failed with %s", async (code, trouble) => {
    strike(shop, "CreateService", trouble);
    expect(endOf(await shop.deploy(first()))).toBe(`failed ${code}`);
    expect(services()).toBe(0);
  });

  it("is finished by the next run after a death", async () => {
    await shop.die(first(), { action: "CreateService", applied: true });
    expect(endOf(await shop.deploy(first()))).toBe("deployed");
    expect(services()).toBe(1);
  });

  it("is cancelled, and finished by the next run", async () => {
    expect(endOf(await shop.deploy(first(), { action: "CreateService", nth: 1 }))).toBe(
      "cancelled CANCELLED",
    );
    expect(endOf(await shop.deploy(first()))).toBe("deployed");
    expect(services()).toBe(1);
  });
});

describe("the document", () => {
  it.each([
    [{ desiredCont: 2 }, /service\.json: desiredCont is not known.*nearest key is desiredCount/],
    [{ cluster: "x" }, /cluster has no place there; `cluster` gives it/],
    [{ taskDefinition: "x" }, /taskDefinition has no place there/],
    [{ serviceName: "another" }, /serviceName is "another", but `service` is "shop-new"/],
    [{ desiredCount: "2" }, /desiredCount is "2"; it must be a number without quotes/],
  ])("with %j is refused, even where the service exists, and nothing is written", async (fields, message) => {
    shop.write("service.json", JSON.stringify({ ...document, ...fields }));
    const error: unknown = await shop.deploy(first()).catch((thrown: unknown) => thrown);
    expect(error instanceof Error ? error.message : "").toMatch(message);
    expect(shop.aws.calls.of("ecs", "RegisterTaskDefinition")).toHaveLength(0);
  });
});
