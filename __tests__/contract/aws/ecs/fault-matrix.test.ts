import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  denied,
  endOf,
  expectServing,
  expired,
  forGood,
  isStable,
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
import { firstImage, type World, world } from "./world.ts";

let shop: World;
beforeEach(async () => {
  shop = await world();
});
afterEach(async () => {
  expect(shop.aws.violations).toEqual([]);
  await shop.close();
});

describe("every call of a deployment that fails once", () => {
  const calls = [
    "DescribeTaskDefinition",
    "DescribeServices",
    "ListServiceDeployments",
    "RegisterTaskDefinition",
    "UpdateService",
    "DescribeServiceRevisions",
    "DescribeServiceDeployments",
  ];
  const troubles: Trouble[] = [throttle, unavailable, reset, lost];
  const cells = calls.flatMap((action) =>
    troubles.map((trouble) => ({ action, trouble, name: nameOf(trouble) })),
  );

  it.each(cells)("ends deployed: $action, $name", async ({ action, trouble }) => {
    strike(shop, action, trouble);
    const end = await shop.deploy(release);
    expect(endOf(end)).toBe("deployed");
    expect(await isStable(shop)).toBe(true);
    expect(shop.aws.ecs.state.families.get("shop")?.revisions).toHaveLength(2);
    await expectServing(shop, nextImage);
  });
});

describe("a call that fails for good before anything was changed", () => {
  const calls = ["DescribeTaskDefinition", "DescribeServices", "RegisterTaskDefinition", "UpdateService"];
  const every = calls.flatMap((action) =>
    (
      [
        [forGood(throttle), "SERVICE_UNAVAILABLE"],
        [forGood(unavailable), "SERVICE_UNAVAILABLE"],
        [forGood(reset), "SERVICE_UNAVAILABLE"],
        [denied, "ACCESS_DENIED"],
        [expired, "CREDENTIALS_INVALID"],
      ] as const
    ).map(([trouble, code]) => ({ action, trouble, code, name: nameOf(trouble) })),
  );
  // Who may not compare revisions registers one each time.
  const cells = every.filter((cell) => cell.action !== "DescribeTaskDefinition" || cell.trouble !== denied);

  it.each(cells)(
    "ends failed with $code, the old revision untouched: $action, $name",
    async ({ action, trouble, code }) => {
      strike(shop, action, trouble);
      const end = await shop.deploy(release);
      expect(endOf(end)).toBe(`failed ${code}`);
      expect(end.outcome.failure?.message).toContain(`ecs:${action}`);
      expect(end.state.get("recovery") ?? "").toBe("");
      await expectServing(shop, firstImage);
    },
  );
});

describe("an update that was carried out before the role lost its right to it", () => {
  it("is not taken for one that changed nothing", async () => {
    strike(shop, "UpdateService", lost);
    shop.aws.calls.follow((call) => {
      if (call.action === "UpdateService" && call.applied) strike(shop, "UpdateService", denied);
    });
    const end = await shop.deploy(release);
    expect(endOf(end)).toBe("failed UNDO_INCOMPLETE");
    expect(end.outcome.failure?.message).toMatch(/ecs:UpdateService answered AccessDenied.* Not undone: /);
    expect(end.state.get("recovery")).toContain("shop:1");
    await expectServing(shop, nextImage);
  });
});

describe("a look at the deployment that fails for good", () => {
  const looks = [
    "DescribeServices",
    "ListServiceDeployments",
    "DescribeServiceRevisions",
    "DescribeServiceDeployments",
  ];
  const outages: Trouble[] = [forGood(throttle), forGood(unavailable)];
  const cells = looks.flatMap((action) =>
    outages.map((trouble) => ({ action, trouble, name: nameOf(trouble) })),
  );

  it.each(cells)(
    "ends in time, truthfully, with one revision: $action, $name",
    async ({ action, trouble }) => {
      strikeAfter(shop, "UpdateService", action, trouble);
      const end = await shop.deploy({ ...release, waiting: { every: 5_000, timeout: 300_000 } });
      expect(end.outcome.failure?.message).toContain(`ecs:${action}`);
      expect(["rolled-back DEPLOYMENT_ROLLED_BACK", "failed UNDO_INCOMPLETE"]).toContain(endOf(end));
      shop.aws.faults.clear();
      await end.post();
      await expectServing(shop, firstImage);
    },
  );

  it.each(cells)("is waited out when it ends in time: $action, $name", async ({ action, trouble }) => {
    const begun = shop.time.now();
    strikeAfter(shop, "UpdateService", action, trouble);
    shop.aws.calls.follow(() => {
      if (shop.time.now() - begun > 90_000) shop.aws.faults.clear();
    });
    expect(endOf(await shop.deploy(release))).toBe("deployed");
    await expectServing(shop, nextImage);
  });

  it.each(["ListServiceDeployments", "DescribeServiceRevisions", "DescribeServiceDeployments"])(
    "is done without when the role may not: %s",
    async (action) => {
      strikeAfter(shop, "UpdateService", action, denied);
      expect(endOf(await shop.deploy(release))).toBe("deployed");
      expect(await isStable(shop)).toBe(true);
    },
  );
});

describe("a role that may not look at the service any more", () => {
  it("is named as what is missing, and the service left with one revision", async () => {
    strikeAfter(shop, "UpdateService", "DescribeServices", denied);
    const end = await shop.deploy(release);
    expect(endOf(end)).toBe("failed UNDO_INCOMPLETE");
    expect(end.outcome.failure?.message).toMatch(/ecs:DescribeServices answered AccessDenied/);
    await expect(end.post()).rejects.toThrow("ecs:DescribeServices");
    await expectServing(shop, nextImage);
  });
});

describe("evidence that cannot be had", () => {
  const sources = ["ListTasks", "DescribeTasks", "DescribeTargetHealth", "GetLogEvents"];
  const troubles: Trouble[] = [forGood(throttle), forGood(unavailable), denied];
  const cells = sources.flatMap((action) =>
    troubles.map((trouble) => ({ action, trouble, name: nameOf(trouble) })),
  );

  it.each(cells)("is a gap in the reasons, and holds up nothing: $action, $name", async (cell) => {
    shop.runtime.script(nextImage, { does: "exits", afterMs: 1_000, code: 3, lines: ["no database"] });
    strike(shop, cell.action, cell.trouble);
    const begun = shop.time.now();
    const end = await shop.deploy(release);
    expect(endOf(end)).toBe("rolled-back DEPLOYMENT_ROLLED_BACK");
    expect(end.outcome.failure?.details.join("\n")).toMatch(
      new RegExp(`could not be read: .*:${cell.action}`),
    );
    expect(shop.time.now() - begun).toBeLessThan(600_000);
    await expectServing(shop, firstImage);
  });
});

describe("a token that expires while the deployment is under way", () => {
  it("is said, with what could not be undone, and leaves one revision", async () => {
    strikeAfter(shop, "UpdateService", "DescribeServices", expired);
    const end = await shop.deploy(release);
    expect(end.outcome.failure?.message).toContain("ExpiredTokenException");
    expect(end.outputs["result"]).not.toBe("deployed");
    shop.aws.faults.clear();
    await end.post();
    await expectServing(shop, firstImage);
  });
});
