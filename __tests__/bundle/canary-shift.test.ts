import { mkdtempSync, readFileSync, rmSync } from "node:fs";
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
  temporary = mkdtempSync(join(tmpdir(), "ship-canary-"));
});
afterEach(async () => {
  rmSync(temporary, { recursive: true, force: true });
  await world.close();
  expect(world.aws.violations).toEqual([]);
});

const shift = (inputs: Readonly<Record<string, string>> = {}, more: Partial<StepOptions> = {}) =>
  runStep({
    action: "canary-shift",
    inputs: { ...world.inputs, ...inputs },
    environment: { ...world.aws.environment(), RUNNER_TEMP: temporary },
    ...more,
  });
const writes = () => world.aws.calls.of("elbv2", "ModifyRule").filter((call) => call.applied).length;
const half = "500/500";
const allStable = "999/0";

describe("the canary-shift bundle", () => {
  it("promotes a healthy release on evidence, and is unchanged the second time", async () => {
    const step = await shift({}, { post: "run" });
    expect(step.errors).toEqual([]);
    expect(step).toMatchObject({
      exitCode: 0,
      outputs: { result: "promoted", step: "2", weight: "100" },
      post: { exitCode: 0 },
    });
    expect(world.weights()).toBe("0/999");
    expect(step.stdout).toMatch(/step 1\/2 · 50 % · canary 0 % errors of \d+ \(limit 0\.1 %\), p95 /);
    expect(step.summary).toContain("Canary promoted");
    const evidence = JSON.parse(readFileSync(step.outputs["evidence"] ?? "", "utf8"));
    expect(evidence).toMatchObject({ result: "promoted", weights: [{ percent: 50 }, { percent: 100 }] });
    expect(evidence.bins.length).toBeGreaterThan(2);
    expect(readFileSync(step.outputs["report"] ?? "", "utf8")).toContain("<h1>Canary: promoted</h1>");

    const again = await shift();
    expect(again).toMatchObject({ exitCode: 0, outputs: { result: "unchanged", weight: "100" } });
    expect(world.weights()).toBe("0/999");
  });

  it("rolls a bad release back and says why", async () => {
    world.canaryErrors = 0.2;
    const step = await shift({}, { post: "run" });
    expect(step).toMatchObject({
      exitCode: 1,
      outputs: { result: "rolled-back", weight: "0" },
      post: { exitCode: 0 },
    });
    expect(step.errors).toHaveLength(1);
    expect(step.errors[0]).toMatch(
      /^CANARY_ROLLED_BACK: errors against stable: canary [\d.]+ % errors of \d+, stable 0 % of \d+/,
    );
    expect(Number(step.outputs["bad-requests"])).toBeGreaterThan(0);
    expect(world.weights()).toBe(allStable);
  });

  it("plans without writing anything", async () => {
    const step = await shift({ "dry-run": "true" });
    expect(step).toMatchObject({ exitCode: 0, outputs: { result: "planned", weight: "0" } });
    expect(step.summary).toContain("Canary plan");
    expect(step.summary).toContain("elasticloadbalancing:ModifyRule");
    expect(writes()).toBe(0);
  });

  it("says in the plan that the canary is not up, and refuses one that does not exist", async () => {
    const green = world.inputs["canary-target-group"] ?? "";
    for (const { endpoint } of world.aws.elbv2.health(green)) world.aws.elbv2.deregister(green, endpoint);
    const down = await shift({ "dry-run": "true" });
    expect(down).toMatchObject({ exitCode: 0, outputs: { result: "planned" } });
    expect(down.summary).toContain("Before any traffic is moved it would wait: 0 of the canary's 0 targets");

    const missing = green.replace(/.{4}$/, "0000");
    const absent = await shift({ "dry-run": "true", "canary-target-group": missing });
    expect(absent.exitCode).toBe(1);
    expect(absent.errors[0]).toContain(missing);
    expect(writes()).toBe(0);
  });

  it("reports every input mistake at once and calls nothing", async () => {
    const step = await shift({
      steps: "50,25",
      "listener-rule-arn": "",
      interval: "soon",
      trak: "production",
    });
    expect(step.exitCode).toBe(1);
    expect(step.errors).toHaveLength(1);
    expect(step.errors[0]).toContain("INPUT_INVALID: 3 inputs need a change");
    expect(step.errors[0]).toContain("25 does not rise above 50");
    expect(step.errors[0]).toContain('interval is "soon"');
    expect(step.errors[0]).toContain("trak is not an input of this action");
    expect(world.aws.calls.all).toEqual([]);
  });

  it("looks at the inputs together", async () => {
    const step = await shift({
      steps: "0.25,100",
      "listener-rule-arn": "",
      "metric-period": "7s",
      candidate: "shop-green",
    });
    expect(step.exitCode).toBe(1);
    expect(step.errors[0]).toContain("listener-rule-arn: it, or listener-arn, is required");
    expect(step.errors[0]).toContain(
      "candidate: give services (candidate, stable) or target groups, not both",
    );
    expect(step.errors[0]).toContain("steps: the weights of a load balancer cannot express 0.25");
    expect(step.errors[0]).toContain("metric-period: CloudWatch takes 1s, 5s");
    expect(world.aws.calls.all).toEqual([]);
  });

  it("changes nothing when it may not write the weights", async () => {
    world.aws.faults.add({ action: "ModifyRule", fault: { kind: "denied" } });
    const step = await shift();
    expect(step.exitCode).toBe(1);
    expect(step.errors[0]).toContain("elasticloadbalancing:ModifyRule");
    expect(world.weights()).toBe("100/0");
  });

  it("brings the traffic back when the metrics fail for good in the middle", async () => {
    const step = shift({ "max-blind": "3s" });
    await eventually("the first shift", () => world.weights() === half);
    world.aws.faults.add({ action: "GetMetricData", fault: { kind: "server-error" } });
    expect(await step).toMatchObject({ exitCode: 1, outputs: { result: "inconclusive", weight: "0" } });
    expect((await step).errors[0]).toContain("CANARY_INCONCLUSIVE: no metrics of the canary for");
    expect(world.weights()).toBe(allStable);
  });

  it("brings the traffic back within the runner's grace time when it is cancelled", async () => {
    const step = await shift(
      { interval: "60s", "max-step": "60s" },
      { interruptAt: /step 1\/2/, post: "run" },
    );
    expect(step).toMatchObject({
      exitCode: 1,
      outputs: { result: "cancelled", weight: "0" },
      post: { exitCode: 0 },
    });
    expect(step.tookToStop).toBeLessThan(2_000);
    expect(world.weights()).toBe(allStable);
    expect(step.summary).toContain("Canary cancelled");
  });

  it("leaves the rest to the post step when the load balancer does not answer in time", async () => {
    const running = shift(
      { interval: "60s", "max-step": "60s" },
      { interruptAt: /step 1\/2 .* canary .* of \d\d+/, post: "run" },
    );
    await eventually("the first shift", () => world.weights() === half);
    world.aws.faults.add({ action: "ModifyRule", fault: { kind: "server-error" } });
    await eventually("the cancelled step to give up", () =>
      world.aws.calls.of("elbv2", "ModifyRule").some(({ fault }) => fault !== undefined),
    );
    await new Promise((resolve) => setTimeout(resolve, 8_000));
    expect(world.weights()).toBe(half);
    world.aws.faults.clear();
    const step = await running;
    expect(step).toMatchObject({ exitCode: 1, outputs: { result: "failed" }, post: { exitCode: 0 } });
    expect(step.tookToStop).toBeLessThan(8_000);
    expect(step.errors[0]).toContain("ROLLBACK_FAILED");
    expect(step.stdout).toContain("aws elbv2 modify-rule");
    expect(step.post?.stdout).toMatch(/green still has 50 .+ of the traffic of an unfinished rollout/);
    expect(world.weights()).toBe(allStable);
  });
});
