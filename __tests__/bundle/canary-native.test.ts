import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { eventually } from "../support/eventually.ts";
import { badImage, type NativeWorld, nativeWorld } from "./canary-native-world.ts";
import { runStep, type StepOptions } from "./runner-step.ts";

let world: NativeWorld;
let temporary: string;

beforeEach(async () => {
  world = await nativeWorld();
  temporary = mkdtempSync(join(tmpdir(), "ship-native-"));
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
const calls = (action: string) => world.aws.calls.of("ecs", action).filter((call) => call.applied).length;
const half = "50/50";
const patient = 30;

describe("the canary-shift bundle on a deployment that Amazon ECS moves", () => {
  it("promotes a healthy release through every hook, and is unchanged the second time", async () => {
    const deployment = await world.deploy("web:2", patient);
    const step = await shift({}, { post: "run" });
    expect(step.errors).toEqual([]);
    expect(step).toMatchObject({
      exitCode: 0,
      outputs: { result: "promoted", step: "2", weight: "100" },
      post: { exitCode: 0 },
    });
    expect(await world.status(deployment)).toBe("SUCCESSFUL");
    expect(world.weights()).toBe("0/100");
    expect(calls("ContinueServiceDeployment")).toBe(3);
    expect(step.stdout).toMatch(/step 1\/2 · 50 % · canary 0 % errors of \d+/);
    expect(await shift()).toMatchObject({ exitCode: 0, outputs: { result: "unchanged", weight: "100" } });
  });

  it("has a bad release rolled back, and believes it when Amazon ECS says so", async () => {
    const deployment = await world.deploy(badImage, patient);
    const step = await shift();
    expect(step).toMatchObject({ exitCode: 1, outputs: { result: "rolled-back", weight: "0", step: "1" } });
    expect(step.errors).toEqual([
      expect.stringMatching(/^CANARY_ROLLED_BACK: errors against stable: canary/),
    ]);
    expect(await world.status(deployment)).toBe("ROLLBACK_SUCCESSFUL");
    expect(world.weights()).toBe("100/0");
    expect(calls("StopServiceDeployment")).toBe(1);
  });

  it("stops with one call when it is cancelled, and the post step sees it back", async () => {
    const deployment = await world.deploy("web:2", patient);
    const step = await shift({ "min-requests": "1000000" }, { interruptAt: /step 1\/2/, post: "run" });
    expect(step).toMatchObject({ exitCode: 1, outputs: { result: "cancelled" }, post: { exitCode: 0 } });
    expect(step.tookToStop).toBeLessThan(7_000);
    expect(calls("StopServiceDeployment")).toBe(1);
    await eventually("the rollback", async () => (await world.status(deployment)) === "ROLLBACK_SUCCESSFUL");
    expect(world.weights()).toBe("100/0");
  });

  it("is brought back by Amazon ECS alone when the runner is killed", async () => {
    const deployment = await world.deploy("web:2", 2);
    const step = await shift({ "min-requests": "1000000" }, { killAt: /step 1\/2/ });
    expect(step.exitCode).toBeNull();
    expect(world.weights()).toBe(half);
    const isBack = async () => (await world.status(deployment)) === "ROLLBACK_SUCCESSFUL";
    await eventually("the hook to time out", isBack, 60_000);
    expect(world.weights()).toBe("100/0");
    expect(calls("StopServiceDeployment")).toBe(0);
  });

  it("gives way to a newer deployment", async () => {
    await world.deploy("web:2", patient);
    const running = shift({ "min-requests": "1000000" }, { post: "run" });
    await eventually("the first shift", () => world.weights() === half, 30_000);
    const newer = await world.deploy("web:3", patient);
    const step = await running;
    expect(step).toMatchObject({ exitCode: 1, outputs: { result: "failed" }, post: { exitCode: 0 } });
    expect(step.errors).toEqual([expect.stringContaining("DEPLOYMENT_SUPERSEDED: The deployment of web:2")]);
    expect(calls("StopServiceDeployment")).toBe(0);
    expect(await world.status(newer)).toBe("IN_PROGRESS");
  });

  it("plans what Amazon ECS will do, and refuses other inputs, without changing anything", async () => {
    const deployment = await world.deploy("web:2", patient);
    const wrong = await shift({ service: "", candidate: "shop-green" });
    expect(wrong.exitCode).toBe(1);
    expect(wrong.errors[0]).toContain("candidate: it means nothing with target: ecs-native");
    expect(wrong.errors[0]).toContain("service: it is required with target: ecs-native");
    expect(world.aws.calls.all).toEqual([]);

    const planned = await shift({ "dry-run": "true" });
    expect(planned).toMatchObject({ exitCode: 0, outputs: { result: "planned", weight: "0" } });
    expect(planned.summary).toContain("| 1 | 50 % |");
    expect(planned.summary).toContain("ecs:ContinueServiceDeployment");
    expect(planned.summary).toContain('"timeoutInMinutes":6');
    const refused = await shift({ steps: "5,100" });
    expect(refused.errors).toEqual([
      expect.stringContaining(
        'INPUT_INVALID: steps is "5,100", but the platform moves the traffic by itself in the steps 50,100',
      ),
    ]);
    expect(calls("ContinueServiceDeployment") + calls("StopServiceDeployment")).toBe(0);
    expect(await world.status(deployment)).toBe("IN_PROGRESS");
  });
});
