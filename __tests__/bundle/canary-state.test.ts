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
  temporary = mkdtempSync(join(tmpdir(), "ship-canary-state-"));
});
afterEach(async () => {
  rmSync(temporary, { recursive: true, force: true });
  await world.close();
  expect(world.aws.violations).toEqual([]);
});

const role = "arn:aws:iam::123456789012:role/dead-man";
const half = "500/500";
const allStable = "999/0";
const isHalf = () => world.weights() === half;

const shift = (inputs: Readonly<Record<string, string>> = {}, more: Partial<StepOptions> = {}) =>
  runStep({
    action: "canary-shift",
    inputs: { ...world.inputs, interval: "1s", bake: "1s", ...inputs },
    ...more,
    environment: { ...world.aws.environment(), RUNNER_TEMP: temporary, ...more.environment },
  });
const reconcile = () =>
  runStep({
    action: "canary-shift",
    inputs: { "aws-region": world.aws.region, "listener-rule-arn": world.rule, reconcile: "true" },
    environment: { ...world.aws.environment(), RUNNER_TEMP: temporary },
  });
const tags = async () => {
  const { TagDescriptions } = await world.aws.call("elbv2", "DescribeTags", { ResourceArns: [world.rule] });
  return JSON.stringify(TagDescriptions);
};
const writesOf = (...actions: readonly string[]) =>
  world.aws.calls.all
    .filter(({ action, applied }) => applied && actions.includes(action))
    .map(({ action }) => action);

describe("a canary-shift step that is killed", () => {
  it("is carried on at its step when it is run again: nothing is moved twice, and nothing is left", async () => {
    const killed = await shift({ "deadman-role": role }, { killWhen: isHalf });
    expect(killed.exitCode).toBeNull();
    expect(world.weights()).toBe(half);
    expect(await tags()).toContain("octo/shop/actions/runs/1001/attempts/1");
    expect(world.aws.scheduler.pending.size).toBe(1);

    const again = await shift({ "deadman-role": role }, { environment: { GITHUB_RUN_ATTEMPT: "2" } });
    expect(again).toMatchObject({ exitCode: 0, outputs: { result: "promoted", weight: "100" } });
    expect(again.stdout).toContain("goes on at 50 %25, with the evidence since");
    expect(world.weights()).toBe("0/999");
    expect(writesOf("ModifyRule")).toHaveLength(2);
    expect(world.aws.scheduler.pending.size).toBe(0);
    expect(await tags()).not.toContain("ship:");
  });

  it("is brought back by its timer when nobody runs it again", async () => {
    await shift({ "deadman-role": role }, { killWhen: isHalf });
    expect(isHalf()).toBe(true);
    await eventually("the timer to act", () => world.weights() === allStable, 30_000);
    expect(world.aws.scheduler.invocations).toMatchObject([{ action: "ModifyRule", outcome: "succeeded" }]);
    expect(await tags()).toContain("ship:");
    expect(await reconcile()).toMatchObject({ exitCode: 0, outputs: { result: "unchanged" } });
    expect(await tags()).not.toContain("ship:");
  }, 60_000);

  it("keeps other runs out until its deadline, and is settled by reconcile after it", async () => {
    const killed = await shift({}, { killWhen: isHalf });
    expect(killed.stdout).toContain("No timer will bring the traffic back if this runner dies");
    const plan = await shift({ "dry-run": "true" }, { environment: { GITHUB_RUN_ID: "2002" } });
    expect(plan).toMatchObject({ exitCode: 0, outputs: { result: "planned" } });
    expect(plan.summary).toContain("⛔ `ROLLOUT_IN_PROGRESS`");

    const early = await reconcile();
    expect(early).toMatchObject({ exitCode: 0, outputs: { result: "unchanged" } });
    expect(early.stdout).toMatch(/runs\/1001\/attempts\/1 is alive, for [\d.]+ s at least/);

    const other = { GITHUB_RUN_ID: "2002", GITHUB_SHA: "f".repeat(40) };
    const refused = await shift({}, { environment: other });
    expect(refused).toMatchObject({ exitCode: 1, outputs: { result: "failed" } });
    expect(refused.errors[0]).toMatch(
      /^ROLLOUT_IN_PROGRESS: The rollout of https:\/\/github\.com\/octo\/shop\/actions\/runs\/1001\/attempts\/1/,
    );
    expect(world.weights()).toBe(half);

    await new Promise((resolve) => setTimeout(resolve, 20_000));
    const late = await reconcile();
    expect(late).toMatchObject({ exitCode: 1, outputs: { result: "rolled-back" } });
    expect(late.errors).toEqual([expect.stringContaining("50 % went back, and all traffic is at blue")]);
    expect(world.weights()).toBe(allStable);
    expect(await reconcile()).toMatchObject({ exitCode: 0, outputs: { result: "unchanged" } });
  }, 60_000);
});

describe("what a canary-shift step remembers", () => {
  it("is that a release was bad: it is refused from then on, and tried again with force", async () => {
    world.canaryErrors = 0.3;
    expect(await shift()).toMatchObject({ exitCode: 1, outputs: { result: "rolled-back" } });
    const again = await shift({}, { environment: { GITHUB_RUN_ID: "2002" } });
    expect(again.exitCode).toBe(1);
    expect(again.errors[0]).toContain("RELEASE_KNOWN_BAD: green runs commit:0123456789abcdef");
    expect(writesOf("ModifyRule")).toHaveLength(2);
    world.canaryErrors = 0;
    expect(await shift({ force: "true" })).toMatchObject({ exitCode: 0, outputs: { result: "promoted" } });
  });

  it("is taken away by a cancellation, together with the timer", async () => {
    const step = await shift(
      { "deadman-role": role, interval: "60s", "max-step": "60s" },
      { interruptWhen: isHalf, post: "run" },
    );
    expect(step).toMatchObject({ exitCode: 1, outputs: { result: "cancelled" }, post: { exitCode: 0 } });
    expect(step.tookToStop).toBeLessThan(2_000);
    expect(world.weights()).toBe(allStable);
    expect(world.aws.scheduler.pending.size).toBe(0);
    expect(await tags()).not.toContain("ship:");
  });
});

describe("a canary-shift step without what it needs", () => {
  it("moves nothing when it may not keep a record", async () => {
    world.aws.faults.add({ action: "AddTags", fault: { kind: "denied" } });
    const step = await shift({ "deadman-role": role });
    expect(step.exitCode).toBe(1);
    expect(step.errors[0]).toContain("elasticloadbalancing:AddTags");
    expect(world.weights()).toBe("100/0");
    expect(world.aws.scheduler.pending.size).toBe(0);
  });

  it("goes on with a warning when it may not set a timer", async () => {
    world.aws.faults.add({ action: "CreateSchedule", fault: { kind: "denied" } });
    const step = await shift({ "deadman-role": role });
    expect(step).toMatchObject({ exitCode: 0, outputs: { result: "promoted" } });
    expect(step.stdout).toMatch(/::warning.*scheduler:CreateSchedule.*reconcile: true/);
  });

  it("begins nothing that its keys or its job would not outlast", async () => {
    const expiring = {
      AWS_SESSION_TOKEN: "simulated-session-token",
      AWS_CREDENTIAL_EXPIRATION: new Date(Date.now() + 20 * 60_000).toISOString(),
    };
    const keys = await shift({}, { environment: expiring });
    expect(keys.exitCode).toBe(1);
    expect(keys.errors[0]).toContain("CREDENTIALS_TOO_SHORT");
    const job = await shift({ "job-timeout": "5m" });
    expect(job.errors[0]).toContain("JOB_TOO_SHORT: This rollout may take");
    expect(world.weights()).toBe("100/0");
    expect(writesOf("AddTags", "ModifyRule")).toEqual([]);
  });
});

describe("a split that somebody else writes in the middle of a rollout", () => {
  it("stops it, is told, and goes back to stable", async () => {
    const running = shift({ interval: "60s", "max-step": "60s" });
    await eventually("the first step to be watched", () => {
      const calls = world.aws.calls.all.map(({ action }) => action);
      return calls.lastIndexOf("GetMetricData") > calls.indexOf("ModifyRule") && isHalf();
    });
    const [blue, green] = [world.inputs["stable-target-group"], world.inputs["canary-target-group"]];
    await world.aws.call("elbv2", "ModifyRule", {
      RuleArn: world.rule,
      Actions: [
        {
          Type: "forward",
          ForwardConfig: {
            TargetGroups: [
              { TargetGroupArn: blue, Weight: 90 },
              { TargetGroupArn: green, Weight: 10 },
            ],
          },
        },
      ],
    });
    const step = await running;
    expect(step).toMatchObject({ exitCode: 1, outputs: { result: "rolled-back" } });
    expect(step.errors[0]).toContain("TRAFFIC_DRIFTED: green has 10 % of the traffic");
    expect(world.weights()).toBe(allStable);
  });
});
