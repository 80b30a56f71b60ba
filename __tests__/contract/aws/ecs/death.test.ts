import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { JsonObject } from "#ship/simulators";
import {
  denied,
  endOf,
  expectServing,
  nextImage,
  release,
  strike,
  strikeAfter,
  unavailable,
} from "./trouble.ts";
import { cluster, firstImage, serviceTarget, type World, withImage, world } from "./world.ts";

let shop: World;
beforeEach(async () => {
  shop = await world();
});
afterEach(async () => {
  expect(shop.aws.violations).toEqual([]);
  await shop.close();
});

const address = { cluster, service: "shop-blue" };
const other = { changes: withImage("shop:3") };
const dieDeploying = (change = release) =>
  shop.die(change, { action: "DescribeServiceDeployments", applied: true });

/** The tags of the service, by key. */
async function tags(): Promise<Record<string, unknown>> {
  const { services } = await shop.aws.call("ecs", "DescribeServices", {
    cluster,
    services: ["shop-blue"],
    include: ["TAGS"],
  });
  const list = ((services as JsonObject[])[0]?.["tags"] ?? []) as JsonObject[];
  return Object.fromEntries(list.map((tag) => [tag["key"], tag["value"]]));
}

describe("a run that is killed while its deployment is under way", () => {
  it("has left on the service which run deploys which revision until when", async () => {
    await dieDeploying();
    expect(await tags()).toEqual({
      "ship:run": "1001",
      "ship:attempt": "1",
      "ship:repository": "octo/shop",
      "ship:revision": "shop:2",
      "ship:deadline": expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
  });

  it("is recognised by the next run of the same revision, which adopts its deployment", async () => {
    await dieDeploying();
    const end = await shop.deploy(release);
    expect(endOf(end)).toBe("deployed");
    expect(end.log.join("\n")).toMatch(
      /Run 1001 of octo\/shop .*shop:2 is IN_PROGRESS; it is adopted by this run/,
    );
    expect(shop.aws.calls.of("ecs", "UpdateService")).toHaveLength(1);
    expect(await tags()).toEqual({});
    await expectServing(shop, nextImage);
  });

  it("is waited for by the next run of another revision", async () => {
    await dieDeploying();
    const end = await shop.deploy(other);
    expect(endOf(end)).toBe("deployed");
    expect(end.log.join("\n")).toMatch(/deployment of shop:2, begun by run 1001 of octo\/shop, is under way/);
    expect(end.outputs["previous-task-definition-arn"]).toMatch(/shop:2$/);
    await expectServing(shop, "shop:3");
  });

  it("is brought back first when it is past its own deadline", async () => {
    shop.runtime.script(nextImage, { does: "unhealthy" });
    await dieDeploying({ ...release, waiting: { every: 5_000, timeout: 60_000 } } as typeof release);
    await shop.time.advance(120_000);
    const end = await shop.deploy(other);
    expect(endOf(end)).toBe("deployed");
    expect(end.log.join("\n")).toMatch(/run 1001 of octo\/shop, which died/);
    expect(end.log.join("\n")).toMatch(/past the deadline of the run that died; it is rolled back first/);
    expect(end.outputs["previous-task-definition-arn"]).toMatch(/shop:1$/);
    await expectServing(shop, "shop:3");
  });

  it("does not hold up the next one with a release that crashes", async () => {
    shop.runtime.script(nextImage, { does: "exits", afterMs: 1_000, code: 3 });
    await dieDeploying();
    await shop.time.advance(60_000);
    const begun = shop.time.now();
    const end = await shop.deploy(other);
    expect(endOf(end)).toBe("deployed");
    expect(end.log.join("\n")).toMatch(/shop:2 does not come up .*; ours takes its place/);
    expect(shop.time.now() - begun).toBeLessThan(900_000);
    await expectServing(shop, "shop:3");
  });

  it("is reported when its deployment has ended since, and its mark goes", async () => {
    await dieDeploying();
    await shop.time.advance(900_000);
    const end = await shop.deploy(release);
    expect(endOf(end)).toBe("unchanged");
    expect(end.log.join("\n")).toMatch(/Run 1001 .*its deployment of shop:2 is COMPLETED/);
    expect(await tags()).toEqual({});
  });
});

describe("the mark of a run", () => {
  it("is gone when the run ends, whatever its end", async () => {
    await shop.deploy(release);
    expect(await tags()).toEqual({});
    shop.runtime.script("shop:3", { does: "exits", afterMs: 1_000, code: 3 });
    expect(endOf(await shop.deploy(other))).toBe("rolled-back DEPLOYMENT_ROLLED_BACK");
    expect(await tags()).toEqual({});
  });

  it("leaves the tags of others alone", async () => {
    const { services } = await shop.aws.call("ecs", "DescribeServices", { cluster, services: ["shop-blue"] });
    const resourceArn = (services as JsonObject[])[0]?.["serviceArn"];
    await shop.aws.call("ecs", "TagResource", { resourceArn, tags: [{ key: "team", value: "shop" }] });
    await shop.deploy(release);
    expect(await tags()).toEqual({ team: "shop" });
  });

  it("is taken away by the post step of a cancelled run", async () => {
    const end = await shop.deploy(release, { action: "DescribeServiceDeployments", nth: 1 });
    await end.post();
    expect(await tags()).toEqual({});
    await expectServing(shop, firstImage);
  });

  it.each([denied, { ...unavailable, lasting: true } as const])(
    "that cannot be written or removed is said, and holds up nothing (%j)",
    async (trouble) => {
      strike(shop, "TagResource", trouble);
      strike(shop, "UntagResource", trouble);
      const end = await shop.deploy(release);
      expect(endOf(end)).toBe("deployed");
      expect(end.log.join("\n")).toMatch(/leaves no mark on the service.*ecs:TagResource/);
      await expectServing(shop, nextImage);
    },
  );

  it("is that of the newest run only", async () => {
    strikeAfter(shop, "UpdateService", "UntagResource", denied);
    await shop.deploy(release);
    await shop.die(other, { action: "DescribeServiceDeployments", applied: true });
    expect((await tags())["ship:run"]).toBe("1002");
    expect(Object.keys(await tags())).toHaveLength(5);
  });
});

describe("somebody else's deployment that is under way", () => {
  const begin = (revision = "shop:2") =>
    shop.aws.call("ecs", "UpdateService", { ...address, taskDefinition: revision });
  beforeEach(async () => {
    await shop.deploy({ ...release, target: { kind: "none" } });
    await begin();
    await shop.time.advance(5_000);
  });

  it("is waited for, and then replaced", async () => {
    const end = await shop.deploy(other);
    expect(endOf(end)).toBe("deployed");
    expect(end.log.join("\n")).toMatch(/deployment of shop:2 is under way on shop-blue\. It is waited for/);
    const service = [...shop.aws.ecs.state.services.values()].find(({ name }) => name === "shop-blue");
    const statuses = service?.serviceDeployments.map(({ status }) => status);
    expect(statuses?.slice(0, 2)).toEqual(["SUCCESSFUL", "SUCCESSFUL"]);
  });

  it("is waited for with the one that somebody begins at its end", async () => {
    const stateOf = () =>
      [...shop.aws.ecs.state.services.values()].find(({ name }) => name === "shop-blue")?.deployments[0]
        ?.rolloutState;
    const unfollow = shop.aws.calls.follow(({ action }) => {
      if (action !== "DescribeServices" || stateOf() !== "COMPLETED") return;
      unfollow();
      void begin("shop:1");
    });
    const end = await shop.deploy(other);
    expect(endOf(end)).toBe("deployed");
    expect(end.log.filter((line) => /It is waited for/.test(line))).toHaveLength(2);
    expect(end.outputs["previous-task-definition-arn"]).toMatch(/shop:1$/);
    await expectServing(shop, "shop:3");
  });

  it("ends the run, with nothing registered or changed, by `fail`", async () => {
    const registered = shop.aws.calls.of("ecs", "RegisterTaskDefinition").length;
    const end = await shop.deploy({ ...other, onConflict: "fail" });
    expect(endOf(end)).toBe("failed DEPLOYMENT_IN_PROGRESS");
    expect(shop.aws.calls.of("ecs", "RegisterTaskDefinition")).toHaveLength(registered);
    await expectServing(shop, nextImage);
  });

  it("is replaced at once by `supersede`", async () => {
    const end = await shop.deploy({ ...other, onConflict: "supersede" });
    expect(endOf(end)).toBe("deployed");
    expect(end.log.join("\n")).toMatch(/takes its place/);
    await expectServing(shop, "shop:3");
  });

  it("that does not end in time is named, and left alone", async () => {
    await shop.aws.call("ecs", "UpdateService", { ...address, healthCheckGracePeriodSeconds: 7_200 });
    shop.runtime.script("shop:4", { does: "unhealthy" });
    await shop.deploy({ changes: withImage("shop:4"), target: { kind: "none" } });
    await begin("shop:3");
    await shop.time.advance(5_000);
    const updates = shop.aws.calls.of("ecs", "UpdateService").length;
    const end = await shop.deploy({ ...other, waiting: { every: 5_000, timeout: 120_000 } });
    expect(endOf(end)).toBe("failed DEPLOYMENT_IN_PROGRESS");
    expect(end.outcome.failure?.message).toContain("2 min");
    expect(shop.aws.calls.of("ecs", "UpdateService")).toHaveLength(updates);
  });

  it("takes its time from that of the deployment that follows", async () => {
    shop.runtime.script("shop:3", { does: "unhealthy" });
    const target = serviceTarget({ members: { healthCheckGracePeriodSeconds: 7_200 } });
    const rollback = { onFailure: false, onCancel: true };
    const from = shop.time.now();
    const end = await shop.deploy({
      ...other,
      target,
      rollback,
      waiting: { every: 5_000, timeout: 600_000 },
    });
    expect(endOf(end)).toBe("failed DEPLOYMENT_TIMEOUT");
    expect(shop.time.now() - from).toBe(600_000);
  });

  it("of the same revision is adopted", async () => {
    const end = await shop.deploy({ ...release, onConflict: "fail" });
    expect(endOf(end)).toBe("deployed");
    await expectServing(shop, nextImage);
  });
});

describe("a run that ends at a call beside the update", () => {
  const calls = ["TagResource", "UntagResource", "DeregisterTaskDefinition"];
  const kept = { ...release, keepRevisions: 1 };

  it.each(calls.flatMap((action) => [true, false].map((applied) => [action, applied] as const)))(
    "by a kill at %s (carried out: %s) leaves one revision, and the next run ends the work",
    async (action, applied) => {
      await shop.deploy(other);
      await shop.aws.call("ecs", "UpdateService", {
        cluster,
        service: "shop-green",
        taskDefinition: "shop:2",
      });
      await shop.time.advance(600_000);
      await shop.die(kept, { action, applied });
      await shop.time.advance(600_000);
      expect(["deployed", "unchanged"]).toContain(endOf(await shop.deploy(kept)));
      expect(await tags()).toEqual({});
      await expectServing(shop, nextImage);
    },
  );

  it.each(calls)(
    "by a cancellation at %s ends at one revision, and the post step takes its mark away",
    async (action) => {
      const end = await shop.deploy(kept, { action, nth: 1 });
      await end.post();
      shop.aws.faults.clear();
      await shop.time.advance(900_000);
      const images = new Set(shop.runningImages("shop-blue"));
      expect(images.size).toBe(1);
      expect([...images][0]).toBe(endOf(end) === "deployed" ? nextImage : firstImage);
    },
  );

  it.each([true, false])(
    "by a kill at its rollback (carried out: %s) is brought to an end by the next run",
    async (applied) => {
      shop.runtime.script(nextImage, { does: "exits", afterMs: 1_000, code: 3 });
      await shop.die(release, { action: "StopServiceDeployment", applied });
      expect((await tags())["ship:run"]).toBe("1001");
      const end = await shop.deploy(other);
      expect(endOf(end)).toBe("deployed");
      expect(end.log.join("\n")).toMatch(/[Rr]un 1001 of octo\/shop/);
      expect(await tags()).toEqual({});
      await expectServing(shop, "shop:3");
    },
  );
});
