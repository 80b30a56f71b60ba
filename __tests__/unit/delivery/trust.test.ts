import { beforeAll, describe, expect, it } from "@jest/globals";
import { type CanaryPlan, decide, prepareRollout, settleAbsence, shareDuring } from "#ship/delivery";
import { manualClock } from "#ship/kit";
import { minute, settings } from "./canary.ts";
import { type Behaviour, createWorld } from "./world.ts";

/** Seeded rollouts go straight through decide(), one look per bin, so that hundreds fit into a second. */
const short = { ...settings, interval: 5 * minute, bake: 5 * minute };
const rollouts = 300;
const health = { healthy: 4, registered: 4, reasons: [] };

let plan: CanaryPlan;

beforeAll(async () => {
  const { target, metrics } = createWorld({ clock: manualClock() });
  const signal = new AbortController().signal;
  ({ plan } = await prepareRollout(short, { target, metrics, now: 0, signal }));
});

/** Runs one rollout to its end; answers what ended it and after how many minutes. */
async function play(seed: number, stable: Behaviour, canary: Behaviour) {
  const { metrics, written: weights } = createWorld({
    clock: manualClock(),
    seed,
    stable: () => stable,
    canary: () => canary,
  });
  let step = -1;
  for (let now = 0; now < 120 * minute; now += minute) {
    const planned = plan.steps[Math.max(0, step)];
    if (!planned) throw new Error("The rollout ran past its plan.");
    const bins =
      step < 0
        ? []
        : settleAbsence(await metrics.bins({ from: 0, to: now, edges: plan.edges }), {
            expectedShare: (start, end) => shareDuring(weights, start, end),
            edges: plan.edges,
          });
    const { decision } =
      step < 0
        ? { decision: { kind: "advance" } as const }
        : decide(plan, {
            now,
            bins,
            weights,
            step: planned,
            next: plan.steps[step + 1],
            health: { canary: health, stable: health },
          });
    if (decision.kind === "advance") {
      step += 1;
      weights.push({ at: now, share: plan.steps[step]?.share ?? 1 });
    } else if (decision.kind !== "hold") return { kind: decision.kind, minutes: now / minute };
  }
  return { kind: "never", minutes: 120 } as const;
}

async function playAll(count: number, stable: Behaviour, canary: Behaviour) {
  const ends = [];
  for (let seed = 1; seed <= count; seed += 1) ends.push(await play(seed, stable, canary));
  const minutes = ends.map((end) => end.minutes).sort((a, b) => a - b);
  return {
    promoted: ends.filter(({ kind }) => kind === "promote").length,
    rolledBack: ends.filter(({ kind }) => kind === "roll-back").length,
    medianMinutes: minutes[Math.floor(minutes.length / 2)] ?? 0,
  };
}

describe("over many rollouts", () => {
  it("promotes every healthy release", async () => {
    const ends = await playAll(rollouts, { errors: 0.01 }, { errors: 0.01 });
    expect(ends).toMatchObject({ promoted: rollouts, rolledBack: 0 });
  });

  it("promotes every healthy release of a service that hardly ever fails", async () => {
    const ends = await playAll(100, { errors: 0.002 }, { errors: 0.002 });
    expect(ends.rolledBack).toBe(0);
  });

  it("rolls back every release with five times the errors, in about two minutes", async () => {
    const ends = await playAll(100, { errors: 0.01 }, { errors: 0.05 });
    expect(ends.rolledBack).toBe(100);
    expect(ends.medianMinutes).toBeLessThanOrEqual(2);
  });

  it("rolls back most releases with twice the errors", async () => {
    const ends = await playAll(60, { errors: 0.01 }, { errors: 0.02 });
    expect(ends.rolledBack).toBeGreaterThanOrEqual(57);
  });

  it("rolls back every release that is twice as slow in its tail", async () => {
    const ends = await playAll(60, { errors: 0.01 }, { errors: 0.01, slow: [0.25, 0.09] });
    expect(ends.rolledBack).toBe(60);
    expect(ends.medianMinutes).toBeLessThanOrEqual(4);
  });

  it("does not roll back a better release", async () => {
    const ends = await playAll(60, { errors: 0.03 }, { errors: 0.01, slow: [0.02, 0.003] });
    expect(ends).toMatchObject({ rolledBack: 0, promoted: 60 });
  });
});
