import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type AlbRollout, findAlbPlaces, openAlbRollout } from "#ship/aws";
import { createRolloutRecords, reconcile } from "#ship/delivery";
import { recordingLog } from "#ship/kit";
import { testSession } from "../session.ts";
import { forward, type World, world } from "./world.ts";

let shop: World;
let rule: string;
let rollout: AlbRollout;
const role = "arn:aws:iam::123456789012:role/dead-man";

const open = (kind: "rule" | "listener", arn: string) =>
  openAlbRollout(testSession(shop.clock, shop.aws.environment()), {
    place: { kind, arn },
    sides: { kind: "target-groups", stable: shop.blue, canary: shop.green },
  });

beforeEach(async () => {
  shop = await world();
  rule = await shop.rule(forward([shop.blue, 100], [shop.green, 0]));
  rollout = await open("rule", rule);
});
afterEach(async () => {
  await shop.aws.close();
  expect(shop.aws.violations).toEqual([]);
});

describe("notes beside the weights", () => {
  it("are tags of the rule, and leave those of others alone", async () => {
    await shop.aws.call("elbv2", "AddTags", {
      ResourceArns: [rule],
      Tags: [{ Key: "team", Value: "shop" }],
    });
    const { notes } = rollout;
    expect(await notes.read()).toEqual({});
    await notes.set({ rollout: "1001-1", deadline: "held" });
    await notes.set({ deadline: "2026-01-01T00:10:00.000Z" });
    expect(await notes.read()).toEqual({ rollout: "1001-1", deadline: "2026-01-01T00:10:00.000Z" });
    await notes.remove(["rollout", "deadline", "never-there"]);
    expect(await notes.read()).toEqual({});
    const { TagDescriptions } = await shop.aws.call("elbv2", "DescribeTags", { ResourceArns: [rule] });
    expect(TagDescriptions).toMatchObject([{ Tags: [{ Key: "team", Value: "shop" }] }]);
  });

  it("may be longer than a tag, and become shorter again", async () => {
    const { notes } = rollout;
    const long = Array.from({ length: 90 }, (_, index) => `${index}@${index * 600_000}`).join(":");
    expect(long.length).toBeGreaterThan(3 * 256);
    await notes.set({ weights: long });
    expect(await notes.read()).toEqual({ weights: long });
    await notes.set({ weights: "none" });
    expect(await notes.read()).toEqual({ weights: "none" });
    await notes.remove(["weights"]);
    await notes.set({ plan: "x" });
    expect(await notes.read()).toEqual({ plan: "x" });
  });

  it("are kept on a listener as well", async () => {
    const { notes } = await open("listener", shop.listener);
    await notes.set({ plan: "x" });
    expect(await notes.read()).toEqual({ plan: "x" });
    expect(await rollout.notes.read()).toEqual({});
  });
});

describe("the timer of a load balancer", () => {
  const minutes = (count: number) => shop.clock.now() + count * 60_000;
  const armed = async () => {
    await rollout.target.inspect();
    const timer = rollout.deadMan(role);
    await timer.arm(minutes(10));
    return timer;
  };

  it("brings all traffic back when nobody pushes it out, and is gone then", async () => {
    await armed();
    await rollout.target.route({ canary: 0.25 });
    await shop.advance(9 * 60_000);
    expect(shop.weights(rule)).toEqual({ blue: 750, green: 250 });
    await shop.advance(2 * 60_000);
    expect(shop.weights(rule)).toEqual({ blue: 999, green: 0 });
    expect(shop.aws.scheduler.pending.size).toBe(0);
    expect(shop.aws.scheduler.invocations).toMatchObject([{ action: "ModifyRule", outcome: "succeeded" }]);
  });

  it("does so for a listener's default action", async () => {
    const { target, deadMan } = await open("listener", shop.listener);
    await target.inspect();
    await deadMan(role).arm(minutes(1));
    await target.route({ canary: 0.5 });
    await shop.advance(61_000);
    expect(shop.weights(shop.listener)).toEqual({ blue: 999, green: 0 });
  });

  it("can be pushed out, and taken away more than once", async () => {
    const timer = await armed();
    await rollout.target.route({ canary: 0.25 });
    await shop.advance(9 * 60_000);
    await timer.push(minutes(10));
    await shop.advance(9 * 60_000);
    expect(shop.weights(rule)).toEqual({ blue: 750, green: 250 });
    await timer.disarm();
    await timer.disarm();
    await shop.advance(60 * 60_000);
    expect(shop.weights(rule)).toEqual({ blue: 750, green: 250 });
  });

  it("takes the place of one that an earlier rollout left", async () => {
    await armed();
    const later = await open("rule", rule);
    await later.target.inspect();
    await later.deadMan(role).arm(minutes(20));
    expect(shop.aws.scheduler.pending.size).toBe(1);
  });

  it("keeps trying while the load balancer refuses", async () => {
    await armed();
    await shop.aws.call("elbv2", "DeleteRule", { RuleArn: rule });
    await shop.advance(10 * 60_000 + 30_000);
    const made = shop.aws.scheduler.invocations;
    expect(made.length).toBeGreaterThan(3);
    expect(made.every(({ outcome }) => outcome === "failed")).toBe(true);
  });

  it("says which permission is missing", async () => {
    await rollout.target.inspect();
    shop.aws.faults.add({ action: "CreateSchedule", fault: { kind: "denied" } });
    await expect(rollout.deadMan(role).arm(minutes(1))).rejects.toMatchObject({
      code: "ACCESS_DENIED",
      message: expect.stringContaining("scheduler:CreateSchedule"),
    });
  });

  it("survives a lost answer to each of its calls", async () => {
    for (const action of ["CreateSchedule", "UpdateSchedule", "DeleteSchedule"])
      shop.aws.faults.add({ action, nth: 1, fault: { kind: "lost-answer" } });
    const timer = await armed();
    await timer.push(minutes(5));
    expect(shop.aws.scheduler.pending.size).toBe(1);
    await timer.disarm();
    expect(shop.aws.scheduler.pending.size).toBe(0);
  });
});

describe("the places where a rollout may have been left behind", () => {
  it("are the rules given, and the default action and all rules of a listener", async () => {
    const other = await shop.rule(forward([shop.blue, 100]));
    const session = testSession(shop.clock, shop.aws.environment());
    const signal = new AbortController().signal;
    const look = { rules: [rule], listeners: [shop.listener], timerRole: role };
    const places = await findAlbPlaces(session, look, signal);
    expect(places.map(({ name }) => name).sort()).toEqual([rule, other, shop.listener].sort());
  });

  it("are settled with nothing but their record: the traffic goes back, timer and record are gone", async () => {
    const session = testSession(shop.clock, shop.aws.environment());
    await rollout.target.inspect();
    await rollout.deadMan(role).arm(shop.clock.now() + 3_600_000);
    await rollout.target.route({ canary: 0.25 });
    const begun = shop.clock.now();
    await createRolloutRecords(rollout.notes).write({
      id: "1001-1",
      plan: "abc",
      stable: { name: "shop-blue", reference: shop.blue, release: "shop:1" },
      canary: { name: "shop-green", reference: shop.green, release: "shop:2" },
      owner: { server: "https://github.example", repository: "octo/shop", run: "1001", attempt: "1" },
      begun,
      weights: [{ at: begun + 1_500, share: 0.25 }],
      deadline: begun + 60_000,
    });
    shop.aws.elbv2.register(shop.blue, { host: "10.0.0.1", port: 80 });
    await shop.advance(300_000);

    const look = { rules: [], listeners: [shop.listener], timerRole: role };
    const signal = new AbortController().signal;
    const log = recordingLog();
    const places = await findAlbPlaces(session, look, signal);
    const settled = await reconcile(places, { clock: shop.clock, log, signal, budget: 60_000 });
    expect(settled.filter(({ state }) => state === "settled")).toMatchObject([{ place: rule }]);
    expect(shop.weights(rule)).toEqual({ blue: 999, green: 0 });
    expect(await rollout.notes.read()).toEqual({});
    expect(shop.aws.scheduler.pending.size).toBe(0);
  });
});
