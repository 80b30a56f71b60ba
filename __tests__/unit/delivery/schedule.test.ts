import { describe, expect, it } from "@jest/globals";
import { durationOf, inexpressible, planSteps, schedule } from "#ship/delivery";

const read = (text: string) => schedule().read(text);

describe("a canary schedule", () => {
  it("is a list of percentages, each with its own duration if it has one", () => {
    expect(read("5,25@20m, 50%\n100@90s")).toEqual([
      { share: 0.05 },
      { share: 0.25, duration: 1_200_000 },
      { share: 0.5 },
      { share: 1, duration: 90_000 },
    ]);
  });

  it("may ask for an approval", () => {
    expect(read("5,25@approval,100@Approval")).toEqual([
      { share: 0.05 },
      { share: 0.25, until: "approval" },
      { share: 1, until: "approval" },
    ]);
  });

  it.each([
    ["5,25", "it ends at 25, not at 100"],
    ["", "it ends at nothing, not at 100"],
    ["50,25,100", "25 does not rise above 50"],
    ["0,100", "0 does not rise above 0"],
    ["5,120", '"120" is above 100'],
    ["5@soon,100", '"soon" after the @ is neither a duration such as 90s or 10m nor approval'],
    ["5@0s,100", '"0s" after the @ is neither a duration such as 90s or 10m nor approval'],
    ["-5,100", '"-5" is no percentage'],
  ])("refuses %j: %s", (text, problem) => {
    expect(() => read(text)).toThrow(problem);
  });

  it("names the steps that a target's grain cannot express", () => {
    expect(inexpressible(read("0.1,0.25,33.3,100"), 0.001)).toEqual(["0.25"]);
    expect(inexpressible(read("0.1,33.3,100"), 0.01)).toEqual(["0.1", "33.3"]);
  });

  it("may take three times its intervals, and the bake stands at 100 %", () => {
    const timing = { interval: 600_000, bake: 300_000, maxStep: undefined, approvalTimeout: 3_600_000 };
    const steps = planSteps(read("5,25@1m,100"), timing);
    expect(steps).toEqual([
      { share: 0.05, interval: 600_000, longest: 1_800_000 },
      { share: 0.25, interval: 60_000, longest: 180_000 },
      { share: 1, interval: 300_000, longest: 900_000 },
    ]);
    expect(durationOf(steps)).toEqual({ least: 960_000, most: 2_880_000 });
    expect(planSteps(read("5@approval,100"), timing)[0]).toEqual({
      share: 0.05,
      interval: 600_000,
      longest: 3_600_000,
      until: "approval",
    });
  });
});
