import { describe, expect, it } from "@jest/globals";
import { approve, type Keeping } from "#ship/delivery";
import { ShipError } from "#ship/kit";
import { minute, trial } from "./canary.ts";
import { durableWorld } from "./durable.ts";
import { type MemoryNotes, memoryNotes } from "./memory-notes.ts";
import type { WorldOptions } from "./world.ts";

const steps = [{ share: 0.05 }, { share: 0.25, until: "approval" }, { share: 1 }] as const;
const signal = new AbortController().signal;

function keptIn(notes: MemoryNotes): Keeping {
  return {
    notes,
    deadMan: undefined,
    owner: { repository: "org/shop", run: "7", attempt: "1", server: "https://github.example" },
    commit: "c0ffee",
    credentials: { kind: "renewed" },
    jobLimit: 360 * minute,
    onExisting: "fail",
    onDrift: "rollback",
    force: false,
  };
}

function waiting(options: Omit<WorldOptions, "clock"> = {}) {
  const notes = memoryNotes();
  return { notes, ...trial(options, () => ({ keeping: keptIn(notes) })) };
}

describe("a step that waits for an approval", () => {
  it("stays at its weight for as long as nobody approves, and goes on when somebody does", async () => {
    const { run, world, clock, notes, log } = waiting();
    const report = run({ steps });
    await clock.advance(50 * minute);
    expect(world.share).toBe(0.25);
    expect(log.lines.join("\n")).toContain("green waits at 25 % for an approval");

    expect(await approve(notes, signal)).toEqual({ canary: "green", percent: "25" });
    await clock.advance(minute);
    expect(world.share).toBe(1);
    expect(await report).toMatchObject({ result: "promoted" });
    expect(notes.kept).toEqual({});
  });

  it("lasts its time and needs its evidence even if it is approved at once", async () => {
    const { run, world, clock, notes } = waiting();
    const report = run({ steps });
    await clock.advance(12 * minute);
    await approve(notes, signal);
    await clock.advance(5 * minute);
    expect(world.share).toBe(0.25);
    await report;
    const [, second, third] = world.written;
    expect((third?.at ?? 0) - (second?.at ?? 0)).toBeGreaterThanOrEqual(10 * minute);
  });

  it("is rolled back while it waits when the canary turns bad", async () => {
    const { run, world, clock } = waiting({
      canary: (since) => ({ errors: since > 40 * minute ? 0.05 : 0.01 }),
    });
    const report = run({ steps });
    await clock.advance(45 * minute);
    expect(world.share).toBe(0);
    expect(await report).toMatchObject({ result: "rolled-back", step: 2 });
  });

  it("is inconclusive when nobody approves within the limit", async () => {
    const { run, world } = waiting();
    const report = await run({ steps, approvalTimeout: 45 * minute });
    expect(report).toMatchObject({ result: "inconclusive", share: 0, step: 2 });
    expect(report.reason).toContain("limit 45 min) the step still waits for the approval");
    expect(world.share).toBe(0);
  });

  it("waits in observe mode too, and does not go on without one", async () => {
    const { run } = waiting();
    expect(await run({ steps, mode: "observe" })).toMatchObject({ result: "inconclusive", step: 2 });
  });

  it("waits on while the notes cannot be read", async () => {
    const { run, world, clock, notes } = waiting();
    const report = run({ steps });
    await clock.advance(20 * minute);
    notes.failure = new ShipError("SERVICE_UNAVAILABLE", "The balancer does not answer.");
    await clock.advance(minute);
    notes.failure = undefined;
    await approve(notes, signal);
    await report;
    expect(world.share).toBe(1);
  });

  it("is refused where there is no place to note an approval", async () => {
    await expect(trial().run({ steps })).rejects.toMatchObject({ code: "INPUT_INVALID" });
  });
});

describe("an approval", () => {
  it("is given once, wherever the process dies that waits for it", async () => {
    const settings = { steps: [{ share: 0.25, until: "approval" }, { share: 1 }] } as const;
    for (let at = 1; at <= 24; at += 1) {
      const durable = durableWorld();
      let approvals = 0;
      const approveOnce = async () => {
        while (approvals === 0) {
          await durable.clock.sleep(minute);
          const given = await approve(durable.notes, signal).catch(() => undefined);
          if (given) approvals += 1;
        }
      };
      approveOnce().catch(() => {});
      let end = await durable.process({ death: { at, when: "after" }, settings });
      if (typeof end === "number") end = await durable.process({ settings });
      expect({ at, approvals, end }).toMatchObject({ approvals: 1, end: { result: "promoted" } });
      expect({ at, notes: durable.notes.kept }).toEqual({ at, notes: {} });
    }
  });

  it("is refused where no rollout is under way", async () => {
    await expect(approve(memoryNotes(), signal)).rejects.toMatchObject({
      code: "NOTHING_TO_APPROVE",
      message: "No rollout is under way at this target.",
    });
  });

  it("is not kept for a step that has not come yet", async () => {
    const { run, clock, notes, cancel } = waiting();
    const report = run({ steps });
    await clock.advance(5 * minute);
    await expect(approve(notes, signal)).rejects.toThrow(
      "The rollout of green is at 5 % and waits for no approval.",
    );
    cancel();
    await report;
  });

  it("of an earlier rollout does not count", async () => {
    const { run, world, clock, notes, cancel } = waiting();
    await notes.set({ approved: "6-1-0:25", "awaiting-approval": "6-1-0:25" });
    const report = run({ steps });
    await clock.advance(40 * minute);
    expect(world.share).toBe(0.25);
    cancel();
    await report;
  });
});
