import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { DeployRequest, DeployTarget } from "#ship/aws";
import {
  denied,
  endOf,
  expectServing,
  forGood,
  lost,
  nameOf,
  nextImage,
  release,
  reset,
  strike,
  strikeAfter,
  type Trouble,
  throttle,
  unavailable,
} from "./trouble.ts";
import { cluster, firstImage, serviceTarget, type World, world } from "./world.ts";

let shop: World;
beforeEach(async () => {
  shop = await world();
});
afterEach(async () => {
  expect(shop.aws.violations).toEqual([]);
  await shop.close();
});

const paired = (): DeployTarget => ({
  kind: "paired",
  cluster,
  services: ["shop-blue", "shop-green"],
  listenerRule: shop.rule,
  desired: undefined,
  force: false,
  configuration: {},
  members: {},
});
/** A release that is deployed well and then does not answer, so that an UpdateService has to take it back. */
const unanswered = (): Partial<DeployRequest> => ({
  ...release,
  healthCheck: {
    url: new URL("/not-found", shop.aws.url),
    statuses: [[200, 399]],
    json: {},
    version: undefined,
  },
  waiting: { every: 20_000, timeout: 900_000 },
});

describe("the way back", () => {
  const troubles: Trouble[] = [throttle, unavailable, reset, lost];
  const crash = () => shop.runtime.script(nextImage, { does: "exits", afterMs: 1_000, code: 3 });

  it.each(troubles.map((trouble) => [nameOf(trouble), trouble] as const))(
    "by StopServiceDeployment survives %s",
    async (_name, trouble) => {
      crash();
      strike(shop, "StopServiceDeployment", trouble);
      expect(endOf(await shop.deploy(release))).toBe("rolled-back DEPLOYMENT_ROLLED_BACK");
      await expectServing(shop, firstImage);
    },
  );

  it.each(
    [forGood(throttle), forGood(unavailable), forGood(reset), denied].map(
      (trouble) => [nameOf(trouble), trouble] as const,
    ),
  )("goes by UpdateService where StopServiceDeployment meets %s", async (_name, trouble) => {
    crash();
    strike(shop, "StopServiceDeployment", trouble);
    expect(endOf(await shop.deploy(release))).toBe("rolled-back DEPLOYMENT_ROLLED_BACK");
    await expectServing(shop, firstImage);
  });

  it.each(troubles.map((trouble) => [nameOf(trouble), trouble] as const))(
    "by UpdateService survives %s",
    async (_name, trouble) => {
      strikeAfter(shop, "UpdateService", "UpdateService", trouble);
      expect(endOf(await shop.deploy(unanswered()))).toBe("rolled-back DEPLOYMENT_ROLLED_BACK");
      await expectServing(shop, firstImage);
    },
  );

  it.each(
    [forGood(throttle), forGood(unavailable), forGood(reset), forGood(lost)].map(
      (trouble) => [nameOf(trouble), trouble] as const,
    ),
  )(
    "by UpdateService that meets %s is said to be open, and finished by the post step",
    async (_name, trouble) => {
      strikeAfter(shop, "UpdateService", "UpdateService", trouble);
      const end = await shop.deploy(unanswered());
      expect(["failed UNDO_INCOMPLETE", "rolled-back DEPLOYMENT_ROLLED_BACK"]).toContain(endOf(end));
      shop.aws.faults.clear();
      await end.post();
      await expectServing(shop, firstImage);
    },
  );

  it("that is denied leaves the new revision in full number, and says so", async () => {
    strikeAfter(shop, "UpdateService", "UpdateService", denied);
    const end = await shop.deploy(unanswered());
    expect(endOf(end)).toBe("failed UNDO_INCOMPLETE");
    expect(end.outcome.failure?.message).toContain("ecs:UpdateService");
    await expect(end.post()).rejects.toThrow("ecs:UpdateService");
    await expectServing(shop, nextImage);
  });
});

describe("a cancellation", () => {
  it.each([
    ["RegisterTaskDefinition", []],
    ["UpdateService", []],
    ["UpdateService", [{ action: "UpdateService", trouble: lost }]],
    ["UpdateService", [{ action: "UpdateService", trouble: reset }]],
    ["ListServiceDeployments", []],
    ["DescribeServiceRevisions", []],
    ["DescribeServiceDeployments", []],
    ["DescribeServiceDeployments", [{ action: "StopServiceDeployment", trouble: throttle }]],
    ["DescribeServiceDeployments", [{ action: "StopServiceDeployment", trouble: lost }]],
    ["DescribeServiceDeployments", [{ action: "StopServiceDeployment", trouble: forGood(unavailable) }]],
    ["DescribeServiceDeployments", [{ action: "StopServiceDeployment", trouble: denied }]],
  ] as const)("at %s ends at the old revision (%j)", async (action, troubles) => {
    for (const { action: struck, trouble } of troubles) strike(shop, struck, trouble);
    const end = await shop.deploy(release, { action, nth: action === "ListServiceDeployments" ? 2 : 1 });
    expect(["cancelled CANCELLED", "rolled-back CANCELLED"]).toContain(endOf(end));
    await end.post();
    await expectServing(shop, firstImage);
  });

  it("of a forced deployment waits for the answer of its update", async () => {
    await shop.deploy(release);
    const target = serviceTarget({ force: true });
    const end = await shop.deploy({ ...release, target }, { action: "UpdateService", nth: 2 });
    expect(["cancelled CANCELLED", "rolled-back CANCELLED"]).toContain(endOf(end));
    await end.post();
    await expectServing(shop, nextImage);
  });
});

describe("a run that dies", () => {
  it.each([
    ["RegisterTaskDefinition", false],
    ["RegisterTaskDefinition", true],
    ["UpdateService", false],
    ["UpdateService", true],
    ["DescribeServiceDeployments", true],
  ])(
    "at %s (carried out: %s) leaves one revision, and the next run finishes the work",
    async (action, applied) => {
      await shop.die(release, { action, applied });
      const end = await shop.deploy(release);
      expect(endOf(end)).toBe("deployed");
      expect(shop.aws.ecs.state.families.get("shop")?.revisions).toHaveLength(2);
      await expectServing(shop, nextImage);
    },
  );

  it("over a release that crashes is followed by one that goes back", async () => {
    shop.runtime.script(nextImage, { does: "exits", afterMs: 1_000, code: 3 });
    await shop.die(release, { action: "UpdateService", applied: true });
    await shop.time.advance(60_000);
    expect(endOf(await shop.deploy(release))).toBe("rolled-back DEPLOYMENT_ROLLED_BACK");
    await expectServing(shop, firstImage);
  });
});

describe("a candidate beside the stable service", () => {
  const stage = () =>
    shop.deploy({ ...release, target: paired(), waiting: { every: 5_000, timeout: 300_000 } });

  it.each(
    [throttle, unavailable, reset, lost].flatMap((trouble) =>
      ["UpdateService", "DescribeRules", "DescribeTargetHealth"].map(
        (action) => [action, nameOf(trouble), trouble] as const,
      ),
    ),
  )("is staged in spite of %s: %s", async (action, _name, trouble) => {
    strike(shop, action, trouble);
    expect(endOf(await stage())).toBe("deployed");
    expect(shop.runningImages("shop-green")).toEqual([nextImage, nextImage]);
    await expectServing(shop, firstImage);
  });

  it.each([
    ["UpdateService", forGood(throttle), "failed SERVICE_UNAVAILABLE"],
    ["UpdateService", forGood(unavailable), "failed SERVICE_UNAVAILABLE"],
    ["UpdateService", denied, "failed ACCESS_DENIED"],
    ["DescribeRules", forGood(unavailable), "failed SERVICE_UNAVAILABLE"],
    ["DescribeRules", denied, "failed ACCESS_DENIED"],
    ["DescribeTargetHealth", forGood(throttle), "rolled-back DEPLOYMENT_ROLLED_BACK"],
    ["DescribeTargetHealth", forGood(unavailable), "rolled-back DEPLOYMENT_ROLLED_BACK"],
    ["DescribeTargetHealth", denied, "rolled-back DEPLOYMENT_ROLLED_BACK"],
  ] as const)("is not left behind where %s meets %j", async (action, trouble, expected) => {
    strike(shop, action, trouble);
    const end = await stage();
    expect(endOf(end)).toBe(expected);
    expect(end.outcome.failure?.message).toContain(action);
    await expectServing(shop, firstImage);
    expect(shop.runningImages("shop-green")).toEqual([]);
  });

  it("is not left behind by a cancellation whose update lost its answer", async () => {
    strike(shop, "UpdateService", lost);
    const end = await shop.deploy({ ...release, target: paired() }, { action: "UpdateService", nth: 1 });
    await end.post();
    await expectServing(shop, firstImage);
    expect(shop.runningImages("shop-green")).toEqual([]);
  });
});
