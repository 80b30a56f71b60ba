import { describe, expect, it } from "@jest/globals";
import { checkEndurance, type RolloutReport, type RolloutSettings } from "#ship/delivery";
import { isShipError, ShipError } from "#ship/kit";
import { minute, trial } from "./canary.ts";
import { type DurableWorld, durableWorld, type ProcessOptions, quick } from "./durable.ts";
import { memoryNotes } from "./memory-notes.ts";

/** Dies in the middle of the second step: at 50 % of the traffic, its deadline four minutes away. */
async function leftAtHalf(process: ProcessOptions = {}): Promise<DurableWorld> {
  for (let at = 5; at < 60; at += 1) {
    const durable = durableWorld();
    await durable.process({ ...process, death: { at, when: "after" } });
    if (durable.world.share === 0.5) return durable;
  }
  throw new Error("The rollout never came to 50 %.");
}

async function refusal(world: DurableWorld, process: ProcessOptions): Promise<ShipError> {
  const share = world.world.share;
  const error = await world.process(process).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isShipError(error)) throw new Error(`It was not refused: ${String(error)}`);
  expect(world.world.share).toBe(share);
  return error;
}

async function finished(world: DurableWorld, process: ProcessOptions): Promise<RolloutReport> {
  const report = await world.process(process);
  if (typeof report === "number") throw new Error("The process died.");
  return report;
}

const foreign = { run: "2002" };

describe("a run that finds the rollout of an earlier attempt", () => {
  it("goes on at the step where it stopped, with the evidence since the first shift", async () => {
    const world = await leftAtHalf();
    const [first] = world.world.written;
    await world.clock.advance(2 * minute);
    const report = await finished(world, { attempt: "2" });
    expect(report).toMatchObject({ result: "promoted", step: 3 });
    expect(world.world.written.map(({ share }) => share)).toEqual([0.25, 0.5, 1]);
    expect(report.weights[0]?.at).toBe(first?.at);
    expect(report.bins[0]?.start).toBeLessThanOrEqual(first?.at ?? 0);
    expect(report.steps.map(({ outcome }) => outcome)).toEqual([
      "advance, in an earlier process",
      "advance",
      "promote",
    ]);
    expect(world.log.lines.join("\n")).toContain("goes on at 50 %, with the evidence since");
  });

  it("does not begin the step's time anew", async () => {
    const world = await leftAtHalf();
    const half = world.world.written.at(-1)?.at ?? 0;
    await world.clock.advance(3 * minute);
    await finished(world, { attempt: "2" });
    expect((world.world.written.at(-1)?.at ?? 0) - half).toBeLessThan(6 * minute);
  });

  it("starts again from 0 % when its steps have changed, and ends at the new release", async () => {
    const world = await leftAtHalf();
    const report = await finished(world, {
      attempt: "2",
      settings: { steps: [{ share: 0.1 }, { share: 1 }] },
    });
    expect(report.result).toBe("promoted");
    expect(world.world.written.map(({ share }) => share)).toEqual([0.25, 0.5, 0, 0.1, 1]);
  });

  it("is refused, with nothing changed, when somebody else has moved the traffic meanwhile", async () => {
    const world = await leftAtHalf();
    world.world.share = 0.1;
    expect(await refusal(world, { attempt: "2" })).toMatchObject({
      code: "TRAFFIC_DRIFTED",
      message: expect.stringContaining("green has 10 % of the traffic"),
    });
  });

  it("starts again when the timer has brought the traffic back", async () => {
    const world = await leftAtHalf();
    await world.clock.advance(10 * minute);
    expect(world.world.share).toBe(0);
    expect(world.fired).toHaveLength(1);
    expect(await finished(world, { attempt: "2" })).toMatchObject({ result: "promoted" });
  });
});

describe("a run that finds the rollout of another run", () => {
  it("is refused, naming that run, while its deadline is ahead", async () => {
    const world = await leftAtHalf();
    const error = await refusal(world, { ...foreign, commit: "commit:b" });
    expect(error.code).toBe("ROLLOUT_IN_PROGRESS");
    expect(error.message).toContain("https://github.example/octo/shop/actions/runs/1001/attempts/1");
    expect(error.message).toMatch(/is alive, for \d/);
  });

  it("is refused even with the same release, which has a driver already", async () => {
    const world = await leftAtHalf();
    expect(await refusal(world, foreign)).toMatchObject({ code: "ROLLOUT_IN_PROGRESS" });
  });

  it("ends it first with on-existing: rollback", async () => {
    const world = await leftAtHalf();
    const report = await finished(world, {
      ...foreign,
      commit: "commit:b",
      keeping: { onExisting: "rollback" },
    });
    expect(report.result).toBe("promoted");
    expect(world.world.written.map(({ share }) => share)).toEqual([0.25, 0.5, 0, 0.25, 0.5, 1]);
  });

  it("carries it on with on-existing: adopt, and only one of the same release and plan", async () => {
    const world = await leftAtHalf();
    const adopt = { ...foreign, keeping: { onExisting: "adopt" } } as const;
    expect(await refusal(world, { ...adopt, commit: "commit:b" })).toMatchObject({
      message: expect.stringContaining("It cannot be adopted: it moves traffic to commit:a"),
    });
    expect(await finished(world, adopt)).toMatchObject({ result: "promoted" });
    expect(world.world.written.map(({ share }) => share)).toEqual([0.25, 0.5, 1]);
  });

  it("carries on one that is dead, and is of the same release", async () => {
    const world = await leftAtHalf({ timer: "none" });
    await world.clock.advance(10 * minute);
    expect(await finished(world, foreign)).toMatchObject({ result: "promoted" });
    expect(world.world.written.map(({ share }) => share)).toEqual([0.25, 0.5, 1]);
  });

  it("begins anew from 0 % when that one is dead and of another release", async () => {
    const world = await leftAtHalf({ timer: "none" });
    await world.clock.advance(10 * minute);
    expect(await finished(world, { ...foreign, commit: "commit:b" })).toMatchObject({ result: "promoted" });
    expect(world.world.written.map(({ share }) => share)).toEqual([0.25, 0.5, 0, 0.25, 0.5, 1]);
  });

  it("makes the one it takes over from stop, and leave the traffic alone", async () => {
    const world = durableWorld();
    const first = world.process();
    await world.clock.advance(5 * minute);
    const second = world.process({ ...foreign, keeping: { onExisting: "adopt" } });
    expect(await first).toMatchObject({ result: "failed", failure: { code: "ROLLOUT_TAKEN_OVER" } });
    expect(await second).toMatchObject({ result: "promoted" });
    expect(world.world.written.map(({ share }) => share)).toEqual([0.25, 0.5, 1]);
  });
});

describe("a release that was rolled back", () => {
  const bad = { canary: () => ({ errors: 0.2 }) };

  it("is refused from then on, and tried again with force", async () => {
    const world = durableWorld(bad);
    expect(await finished(world, {})).toMatchObject({ result: "rolled-back" });
    expect(world.notes.kept).toEqual({ "bad-release": "commit:a" });
    expect(await refusal(world, foreign)).toMatchObject({
      code: "RELEASE_KNOWN_BAD",
      message: expect.stringContaining("green runs commit:a"),
    });
    expect(await finished(world, { ...foreign, keeping: { force: true } })).toMatchObject({
      result: "rolled-back",
    });
  });

  it("does not stand in the way of another one, whose success lets it be forgotten", async () => {
    const world = durableWorld({ canary: () => ({ errors: world.world.written.length < 3 ? 0.2 : 0.01 }) });
    await finished(world, {});
    expect(await finished(world, { commit: "commit:b" })).toMatchObject({ result: "promoted" });
    expect(world.notes.kept).toEqual({});
  });

  it("is not remembered when evidence was only missing", async () => {
    const world = durableWorld({ hasMetrics: () => false });
    expect(await finished(world, {})).toMatchObject({ result: "inconclusive" });
    expect(world.notes.kept).toEqual({});
  });
});

describe("traffic that was left where it is on purpose", () => {
  const hold = { settings: { onInconclusive: "hold" } } as const;

  it("is touched neither by the timer, nor by reconcile, nor by a run of another release", async () => {
    const world = durableWorld({ hasMetrics: () => false });
    expect(await finished(world, hold)).toMatchObject({ result: "inconclusive", share: 0.25 });
    await world.clock.advance(60 * minute);
    expect(await world.clock.runUntil(world.reconcile())).toMatchObject([{ state: "held" }]);
    expect(world.world.share).toBe(0.25);
    expect(world.isArmed()).toBe(false);
    expect(await refusal(world, { ...foreign, commit: "commit:b" })).toMatchObject({
      code: "ROLLOUT_IN_PROGRESS",
      message: expect.stringContaining("was left where it is on purpose"),
    });
  });
});

describe("a rollout that is cancelled", () => {
  const cancelled = async (changes: Partial<RolloutSettings>) => {
    const notes = memoryNotes();
    const { run, world, clock, cancel } = trial({}, () => ({
      keeping: {
        notes,
        deadMan: undefined,
        owner: { repository: "octo/shop", run: "1001", attempt: "1", server: "https://github.example" },
        commit: "commit:a",
        credentials: { kind: "renewed" },
        jobLimit: 360 * minute,
        onExisting: "fail",
        onDrift: "rollback",
        force: false,
      },
    }));
    const report = run(changes);
    await clock.advance(2 * minute);
    cancel();
    expect(await report).toMatchObject({ result: "cancelled" });
    return { world, notes };
  };

  it("leaves no record behind", async () => {
    const { world, notes } = await cancelled({});
    expect(world.share).toBe(0);
    expect(notes.kept).toEqual({});
  });

  it("keeps one without a deadline when the traffic is left where it is", async () => {
    const { world, notes } = await cancelled({ onCancel: "hold" });
    expect(world.share).toBe(0.05);
    expect(notes.kept).toMatchObject({ deadline: "held", canary: "green" });
  });
});

describe("a split that somebody else writes in the middle of a step", () => {
  const drifted = async (process: ProcessOptions) => {
    const world = durableWorld();
    const running = world.process(process);
    await world.clock.advance(minute);
    world.world.share = 0.75;
    return { world, report: await running };
  };

  it("is seen at once, told, and taken back to stable", async () => {
    const { world, report } = await drifted({});
    expect(report).toMatchObject({
      result: "rolled-back",
      failure: {
        code: "TRAFFIC_DRIFTED",
        message: "green has 75 % of the traffic, but this rollout gave it 25 %.",
      },
    });
    expect(world.world.share).toBe(0);
    expect(world.notes.kept).toEqual({});
    expect((report as RolloutReport).ended - (report as RolloutReport).begun).toBeLessThan(2 * minute);
  });

  it("is left as it was written with on-drift: hold", async () => {
    const { world, report } = await drifted({ keeping: { onDrift: "hold" } });
    expect(report).toMatchObject({ result: "failed", failure: { code: "TRAFFIC_DRIFTED" } });
    expect(world.world.share).toBe(0.75);
    expect(world.isArmed()).toBe(false);
  });
});

describe("a record that cannot be kept", () => {
  it("stops the rollout before any traffic is moved", async () => {
    const world = durableWorld();
    world.notes.failure = new ShipError("ACCESS_DENIED", "AddTags is not allowed.");
    expect(await refusal(world, {})).toMatchObject({ code: "ACCESS_DENIED" });
    expect(world.isArmed()).toBe(false);
  });

  it("is written again when somebody takes it away", async () => {
    const world = durableWorld();
    const running = world.process();
    await world.clock.advance(30_000);
    await world.notes.remove(Object.keys(world.notes.kept));
    await world.clock.advance(2 * minute);
    expect(world.notes.kept).toMatchObject({ rollout: expect.any(String), "canary-name": "green" });
    expect(await running).toMatchObject({ result: "promoted" });
  });
});

describe("reconcile", () => {
  it("leaves a rollout alone whose driver is alive", async () => {
    const world = await leftAtHalf({ timer: "none" });
    expect(await world.clock.runUntil(world.reconcile())).toMatchObject([{ state: "alive" }]);
    expect(world.world.share).toBe(0.5);
  });

  it("brings back what is past its deadline, and finds nothing the next time", async () => {
    const world = await leftAtHalf({ timer: "none" });
    await world.clock.advance(10 * minute);
    const [found] = await world.clock.runUntil(world.reconcile());
    expect(found).toMatchObject({
      state: "settled",
      what: expect.stringContaining("50 % went back, and all traffic is at blue"),
    });
    expect(world.world.share).toBe(0);
    expect(await world.clock.runUntil(world.reconcile())).toMatchObject([{ state: "nothing" }]);
  });

  it("gives nothing back to a stable release that has no healthy target", async () => {
    const world = await leftAtHalf({ timer: "none" });
    await world.clock.advance(10 * minute);
    world.world.healthyStables = 0;
    expect(await world.clock.runUntil(world.reconcile())).toMatchObject([
      {
        state: "failed",
        failure: { code: "ROLLBACK_FAILED", message: expect.stringContaining("none of its 4 targets") },
      },
    ]);
    expect(world.world.share).toBe(0.5);
  });

  it("says which record cannot be read", async () => {
    const world = durableWorld();
    await world.notes.set({ rollout: "1", deadline: "soon" });
    expect(await world.clock.runUntil(world.reconcile())).toMatchObject([{ state: "failed" }]);
  });
});

describe("the time that credentials and job leave", () => {
  const steps = [{ share: 1, interval: 30 * minute, longest: 90 * minute }];
  const now = 0;
  const check = (more: Partial<Parameters<typeof checkEndurance>[0]>) =>
    checkEndurance({
      steps,
      credentials: { kind: "renewed" },
      jobLimit: 360 * minute,
      now,
      ...more,
    });

  it("is no matter where keys are renewed and the job is long", () => {
    expect(check({})).toEqual({ refusals: [], warnings: [], most: 100 * minute });
  });

  it("refuses keys that end before the longest rollout and a quarter of an hour", () => {
    const until = (at: number) => check({ credentials: { kind: "until", at } }).refusals;
    expect(until(115 * minute)).toEqual([]);
    expect(until(114 * minute)[0]).toMatchObject({
      code: "CREDENTIALS_TOO_SHORT",
      message: expect.stringMatching(/may take 1 h 40 min, and 15 min more .* expire in 1 h 54 min/),
    });
  });

  it("warns of keys of which nobody says when they end", () => {
    const { warnings, refusals } = check({ credentials: { kind: "unknown" } });
    expect(refusals).toEqual([]);
    expect(warnings[0]).toContain("Nobody says when the credentials of this job expire");
  });

  it("refuses a rollout that may outlive its job", () => {
    expect(check({ jobLimit: 99 * minute }).refusals[0]).toMatchObject({
      code: "JOB_TOO_SHORT",
      message: expect.stringContaining("its job is stopped after 1 h 39 min"),
    });
  });

  it("ends a rollout that outgrew it while there is enough left to bring traffic back", async () => {
    const world = durableWorld({ stable: () => ({ errors: 0.5 }) });
    const at = world.clock.now() + 62 * minute;
    const report = await finished(world, {
      keeping: { credentials: { kind: "until", at } },
      settings: { ...quick, maxErrorRate: 0.1, compare: false },
    });
    expect(report).toMatchObject({
      result: "inconclusive",
      reason: expect.stringContaining("the credentials expire in 15 min"),
    });
    expect(world.world.share).toBe(0);
  });
});
