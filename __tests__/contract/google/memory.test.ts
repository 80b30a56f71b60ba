import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { minute, region, type World, world } from "./world.ts";

let shop: World;
beforeEach(async () => {
  shop = await world();
});
afterEach(async () => {
  await shop.google.close();
  expect(shop.google.violations).toEqual([]);
});

describe("notes on a Cloud Run service", () => {
  it("are kept as annotations beside those of others, and read by any later process", async () => {
    await shop.patch("annotations", { annotations: { team: "shop" } });
    const { notes } = await shop.open();
    await notes.set({ rollout: "r1", deadline: "2026-01-01T00:10:00.000Z" });
    await notes.set({ deadline: "2026-01-01T00:20:00.000Z" });
    expect((await shop.get())["annotations"]).toEqual({
      team: "shop",
      "ship/rollout": "r1",
      "ship/deadline": "2026-01-01T00:20:00.000Z",
    });
    const later = await shop.open();
    expect(await later.notes.read()).toEqual({ rollout: "r1", deadline: "2026-01-01T00:20:00.000Z" });
  });

  it("are taken away alone, and need not be there", async () => {
    await shop.patch("annotations", { annotations: { team: "shop" } });
    const { notes } = await shop.open();
    await notes.set({ rollout: "r1" });
    await notes.remove(["rollout", "deadline"]);
    await notes.remove(["rollout"]);
    expect((await shop.get())["annotations"]).toEqual({ team: "shop" });
  });

  it("survive a change of traffic, and make no revision", async () => {
    const { notes, target } = await shop.open();
    await notes.set({ rollout: "r1" });
    await target.route({ canary: 0.05 });
    await target.restore();
    expect(await notes.read()).toMatchObject({ rollout: "r1" });
    expect((await shop.get())["latestCreatedRevision"]).toMatch(/shop-2$/);
  });

  it("are written onto the newest state when somebody else writes at the same moment", async () => {
    const { notes } = await shop.open();
    shop.google.faults.add({ action: "services.patch", nth: 1, fault: { kind: "conflict" } });
    await notes.set({ rollout: "r1" });
    expect(await notes.read()).toEqual({ rollout: "r1" });
  });
});

describe("a dead-man timer of a Cloud Run service", () => {
  const armed = async () => {
    const { target, deadMan } = await shop.open();
    await target.inspect();
    return { target, timer: deadMan(shop.google.serviceAccount) };
  };
  const jobs = () => [...shop.google.scheduler.jobs.values()];
  const soon = () => shop.clock.now() + 10 * minute;

  it("brings all traffic back when nobody pushes it out", async () => {
    const { target, timer } = await armed();
    await timer.arm(soon());
    await target.route({ canary: 0.5 });
    await shop.advance(8 * minute);
    expect(await shop.traffic()).toMatchObject({ "shop-2": 50 });
    await shop.advance(4 * minute);
    expect(await shop.traffic()).toEqual({ "shop-1": 100, "#green": "shop-2" });
  });

  it("is pushed out as often as there is a heartbeat, and never acts a second time after it was taken away", async () => {
    const { target, timer } = await armed();
    await timer.arm(soon());
    await target.route({ canary: 0.5 });
    for (let beat = 0; beat < 3; beat += 1) {
      await shop.advance(8 * minute);
      await timer.push(soon());
    }
    expect(await shop.traffic()).toMatchObject({ "shop-2": 50 });
    await timer.disarm();
    await timer.disarm();
    expect(jobs()).toEqual([]);
    await shop.advance(60 * minute);
    expect(await shop.traffic()).toMatchObject({ "shop-2": 50 });
  });

  it("takes the place of one that is still there", async () => {
    const { timer } = await armed();
    await timer.arm(shop.clock.now() + 2 * minute);
    const later = await armed();
    await later.timer.arm(soon());
    expect(jobs()).toHaveLength(1);
    expect(jobs()[0]?.name).toBe(
      `projects/${shop.google.project.id}/locations/${region}/jobs/ship-canary-shop`,
    );
    await later.target.route({ canary: 0.5 });
    await shop.advance(5 * minute);
    expect(await shop.traffic()).toMatchObject({ "shop-2": 50 });
  });

  it("is set once when only the answer was lost", async () => {
    const { timer } = await armed();
    shop.google.faults.add({ action: "jobs.create", nth: 1, fault: { kind: "lost-answer" } });
    await timer.arm(soon());
    expect(jobs()).toHaveLength(1);
  });

  it.each(["cloudscheduler.jobs.create", "iam.serviceAccounts.actAs"])(
    "says so when %s is missing",
    async (permission) => {
      shop.google.deniedPermissions.add(permission);
      const { timer } = await armed();
      await expect(timer.arm(soon())).rejects.toMatchObject({
        code: "ACCESS_DENIED",
        message: expect.stringContaining(permission),
      });
    },
  );
});
