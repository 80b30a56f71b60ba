import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { eventually } from "../support/eventually.ts";
import { type CanaryWorld, canaryWorld } from "./canary-world.ts";
import { runStep, type StepOptions } from "./runner-step.ts";

let world: CanaryWorld;
let temporary: string;

beforeEach(async () => {
  world = await canaryWorld();
  temporary = mkdtempSync(join(tmpdir(), "ship-canary-policies-"));
});
afterEach(async () => {
  rmSync(temporary, { recursive: true, force: true });
  await world.close();
  expect(world.aws.violations).toEqual([]);
});

const half = "500/500";
const allStable = "999/0";
const allCanary = "0/999";
const isHalf = () => world.weights() === half;

const shift = (inputs: Readonly<Record<string, string>> = {}, more: Partial<StepOptions> = {}) =>
  runStep({
    action: "canary-shift",
    inputs: { ...world.inputs, interval: "1s", bake: "1s", ...inputs },
    ...more,
    environment: { ...world.aws.environment(), RUNNER_TEMP: temporary, ...more.environment },
  });

describe("a rollout without enough evidence", () => {
  const tooFew = { "min-requests": "1000000", "max-step": "3s" };

  it("goes back to stable, and says what was missing", async () => {
    const step = await shift(tooFew);
    expect(step).toMatchObject({ exitCode: 1, outputs: { result: "inconclusive", weight: "0" } });
    expect(step.errors[0]).toMatch(/CANARY_INCONCLUSIVE: .*of the 1000000 requests a verdict needs/);
    expect(world.weights()).toBe(allStable);
  });

  it("stays where it is with on-inconclusive: hold", async () => {
    const step = await shift({ ...tooFew, "on-inconclusive": "hold" });
    expect(step).toMatchObject({ exitCode: 1, outputs: { result: "inconclusive", weight: "50" } });
    expect(world.weights()).toBe(half);
  });
});

describe("a cancelled rollout", () => {
  it("stays where it is with on-cancel: hold, also after the post step", async () => {
    const step = await shift(
      { "on-cancel": "hold", interval: "60s", "max-step": "60s" },
      { interruptWhen: isHalf, post: "run" },
    );
    expect(step).toMatchObject({ exitCode: 1, outputs: { result: "cancelled" }, post: { exitCode: 0 } });
    expect(world.weights()).toBe(half);
  });
});

describe("a rollout that only observes", () => {
  it("promotes a bad release, and says that it would have rolled it back", async () => {
    world.canaryErrors = 0.3;
    const step = await shift({ mode: "observe", interval: "4s", "min-requests": "150" });
    expect(step).toMatchObject({ exitCode: 0, outputs: { result: "promoted" } });
    expect(step.outputs["reason"]).toContain("would have rolled back");
    expect(world.weights()).toBe(allCanary);
  });
});

describe("a split that somebody else writes in the middle of a rollout", () => {
  it("is left to them with on-drift: hold", async () => {
    const running = shift({ "on-drift": "hold", interval: "60s", "max-step": "60s" });
    await eventually("the first step to be watched", () => {
      const calls = world.aws.calls.all.map(({ action }) => action);
      return calls.lastIndexOf("GetMetricData") > calls.indexOf("ModifyRule") && isHalf();
    });
    const groups = [
      { TargetGroupArn: world.inputs["stable-target-group"], Weight: 90 },
      { TargetGroupArn: world.inputs["canary-target-group"], Weight: 10 },
    ];
    await world.aws.call("elbv2", "ModifyRule", {
      RuleArn: world.rule,
      Actions: [{ Type: "forward", ForwardConfig: { TargetGroups: groups } }],
    });
    const step = await running;
    expect(step.exitCode).toBe(1);
    expect(step.errors[0]).toContain("TRAFFIC_DRIFTED");
    expect(world.weights()).toBe("90/10");
  });
});

describe("a rollout that finds another one under way", () => {
  const other = { environment: { GITHUB_RUN_ID: "2002" } };

  it("begins anew from stable with on-existing: rollback", async () => {
    await shift({}, { killWhen: isHalf });
    const step = await shift({ "on-existing": "rollback" }, other);
    expect(step).toMatchObject({ exitCode: 0, outputs: { result: "promoted" } });
    expect(
      world.aws.elbv2.weightHistory(world.rule).map(({ weights }) => [...weights.values()].join("/")),
    ).toContain(allStable);
    expect(world.weights()).toBe(allCanary);
  });

  it("goes on with it with on-existing: adopt", async () => {
    await shift({}, { killWhen: isHalf });
    const step = await shift({ "on-existing": "adopt" }, other);
    expect(step).toMatchObject({ exitCode: 0, outputs: { result: "promoted" } });
    expect(step.stdout).toContain("goes on at 50 %25");
    expect(world.weights()).toBe(allCanary);
  });
});
