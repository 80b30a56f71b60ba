import { describe, expect, it } from "@jest/globals";
import { manualClock } from "#ship/kit";
import {
  createTimeline,
  type Look,
  textTable,
  watchCanary,
} from "../../../packages/rehearsal/src/timeline/index.ts";
import type { Experiences, Traffic } from "../../../packages/rehearsal/src/traffic/index.ts";
import { experience } from "./experience.ts";

const commit = "6c2fbd9aa1b2c3d4e5f60718293a4b5c6d7e8f90";
const timeline = () => createTimeline({ start: 1_000, skipped: { image: "no Docker engine" } });

describe("the timeline", () => {
  it("tells a step when it starts and, with its result and time, when it ends", () => {
    const lines = timeline();
    const step = { job: "staging/release", step: "Deploy" };

    expect(lines.event({ kind: "step-started", ...step, at: 2_000 })).toBe(
      "   1.0s  staging/release › Deploy …",
    );
    expect(lines.event({ kind: "step-ended", ...step, conclusion: "failure", at: 8_500 })).toBe(
      "   7.5s  staging/release › Deploy: FAILED (6.5 s)",
    );
  });

  it("tells why a job is skipped where the reason is known", () => {
    const lines = timeline();
    const ended = { kind: "job-ended", result: "skipped", at: 1_500 } as const;

    expect(lines.event({ ...ended, job: "staging/image" })).toBe(
      "   0.5s  staging/image: skipped: no Docker engine",
    );
    expect(lines.event({ ...ended, job: "production" })).toBe("   0.5s  production: skipped");
  });

  it("shows the annotations of actions below their step, with further lines indented", () => {
    const annotation = {
      level: "error",
      message: "DENIED: not allowed\nask for it",
      properties: {},
    } as const;

    expect(timeline().event({ kind: "annotation", job: "a", step: "b", annotation, at: 1_000 })).toBe(
      "   0.0s    error: DENIED: not allowed\n           ask for it",
    );
  });

  it("keeps checking out and cleaning up to itself, unless it fails", () => {
    const lines = timeline();
    const post = { job: "a", step: "Post Deploy", at: 1_000 };

    expect(lines.event({ kind: "step-started", ...post })).toBeUndefined();
    expect(lines.event({ kind: "step-ended", ...post, conclusion: "success" })).toBeUndefined();
    expect(lines.event({ kind: "step-ended", ...post, conclusion: "failure" })).toContain(
      "Post Deploy: FAILED",
    );
  });

  it("shows weight, requests, error rate and p95 of each release in one line", () => {
    const users: Experiences = new Map([
      [commit, experience({ requests: 50, errors: 2, p95: 31.4 })],
      ["none", experience({ requests: 1, errors: 1, p95: 5_000 })],
      ["1.0.0", experience({ requests: 150, p95: 8.25 })],
    ]);

    expect(timeline().look({ at: 3_000, share: 0.25, users })).toBe(
      "   2.0s    canary [#####...............]  25 %  1.0.0 150 req 0 % err p95 8.3 ms | " +
        "6c2fbd9 50 req 4 % err p95 31 ms | no answer 1 req 100 % err p95 5000 ms",
    );
  });
});

describe("watching the canary", () => {
  /** Traffic that answers from when on it was asked, as its only release. */
  const traffic: Pick<Traffic, "snapshot"> = {
    snapshot: (since) => new Map([[String(since), experience()]]),
  };

  it("looks when the split changes, and every two seconds while both releases serve", async () => {
    const clock = manualClock(0);
    const looks: Look[] = [];
    let share = 0;
    const stop = watchCanary({ clock, traffic, share: () => share, onLook: (look) => looks.push(look) });
    await clock.advance(5_000);
    share = 0.05;
    await clock.advance(4_500);
    share = 1;
    await clock.advance(5_000);
    await clock.runUntil(stop());

    expect(looks.map((look) => [look.at, look.share])).toEqual([
      [5_200, 0.05],
      [7_200, 0.05],
      [9_200, 0.05],
      [9_600, 1],
    ]);
  });

  it("asks for the requests since the last look", async () => {
    const clock = manualClock(0);
    const looks: Look[] = [];
    const stop = watchCanary({ clock, traffic, share: () => 0.5, onLook: (look) => looks.push(look) });
    await clock.advance(4_100);
    await clock.runUntil(stop());

    expect(looks.map(({ users }) => [...users.keys()][0])).toEqual(["0", "2000"]);
  });

  it("acts once when the share is reached, even when it was passed between two looks", async () => {
    const clock = manualClock(0);
    let share = 0.05;
    let acts = 0;
    const reached = {
      at: 0.25,
      act() {
        acts += 1;
      },
    };
    const stop = watchCanary({ clock, traffic, share: () => share, onLook: () => undefined, reached });
    await clock.advance(1_000);
    expect(acts).toBe(0);
    share = 0.5;
    await clock.advance(2_000);
    await clock.runUntil(stop());

    expect(acts).toBe(1);
  });
});

describe("a table on the terminal", () => {
  it("aligns texts to the left and numbers to the right", () => {
    expect(
      textTable(
        ["step", "seconds"],
        [
          ["Deploy", "6.5"],
          ["Shift traffic", "33.8"],
          ["Skipped", "-"],
        ],
      ),
    ).toBe(
      [
        "step           seconds",
        "-------------  -------",
        "Deploy             6.5",
        "Shift traffic     33.8",
        "Skipped              -",
      ].join("\n"),
    );
  });
});
