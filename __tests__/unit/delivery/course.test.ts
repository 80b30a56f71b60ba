import { describe, expect, it } from "@jest/globals";
import { abide, type CourseStep, type Decision, longestHold, planCourse } from "#ship/delivery";

const minute = 60_000;
const timing = { interval: 10 * minute, maxStep: undefined };
const metrics = { lag: 2 * minute, period: minute };
const step = { share: 0.25, interval: minute, longest: 3 * minute };

describe("the plan of a platform with a course of its own", () => {
  const course = (duration: number, until: CourseStep["until"]): CourseStep[] => [
    { share: 0.25, duration: 2 * minute, until: "answer" },
    { share: 1, duration, until },
  ];

  it("gives a step the platform's time, and room for evidence after it", () => {
    const [first] = planCourse(course(10 * minute, "time"), timing, metrics);
    expect(first).toEqual({ share: 0.25, interval: 2 * minute, longest: 30 * minute });
  });

  it("has no room after the last step when only time ends it", () => {
    const [, last] = planCourse(course(10 * minute, "time"), timing, metrics);
    expect(last).toEqual({ share: 1, interval: 10 * minute, longest: 10 * minute });
  });

  it("judges the last step as soon as it can when the platform waits there", () => {
    const [, last] = planCourse(course(0, "answer"), timing, metrics);
    expect(last).toEqual({ share: 1, interval: 0, longest: 30 * minute });
  });

  it("refuses a last step that is over before its metrics arrive", () => {
    expect(() => planCourse(course(4 * minute - 1, "time"), timing, metrics)).toThrow(
      "nothing could be judged",
    );
    expect(() => planCourse(course(4 * minute, "time"), timing, metrics)).not.toThrow();
  });

  it("holds no longer than a person allows, but as long as the platform bakes", () => {
    const own = { interval: minute, maxStep: 5 * minute };
    expect(longestHold(minute, own)).toBe(5 * minute);
    expect(longestHold(20 * minute, own)).toBe(20 * minute);
  });
});

describe("a decision on a platform with a course of its own", () => {
  const at = (share: number, phase: "waits" | "moves" | "finished") => ({ share, phase, words: "it bakes" });
  const hold: Decision = { kind: "hold", why: "too few" };
  const back: Decision = { kind: "roll-back", cause: "gate", why: "errors" };
  const unknown: Decision = { kind: "inconclusive", why: "blind" };

  it.each(["waits", "moves", "finished"] as const)("takes everything back while it %s", (phase) => {
    expect(abide(back, at(0.25, phase), step)).toBe(back);
    expect(abide(unknown, at(0.5, phase), step)).toBe(unknown);
  });

  it("goes on only where the platform waits", () => {
    expect(abide({ kind: "advance" }, at(0.25, "waits"), step)).toEqual({ kind: "advance" });
    expect(abide({ kind: "advance" }, at(0.25, "moves"), step)).toEqual({ kind: "hold", why: "it bakes" });
    expect(abide(hold, at(0.25, "waits"), step)).toBe(hold);
  });

  it("follows where the platform has gone by itself", () => {
    expect(abide(hold, at(0.5, "moves"), step)).toEqual({ kind: "advance" });
  });

  it("promotes only what the platform has finished", () => {
    const last = { ...step, share: 1 };
    expect(abide({ kind: "promote" }, at(1, "moves"), last)).toEqual({ kind: "hold", why: "it bakes" });
    expect(abide({ kind: "promote" }, at(1, "waits"), last)).toEqual({ kind: "proceed", why: "it bakes" });
    expect(abide({ kind: "promote" }, at(1, "finished"), last)).toEqual({ kind: "promote" });
    expect(abide(hold, at(1, "finished"), last)).toMatchObject({ kind: "inconclusive" });
  });
});
