import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { eventually } from "../support/eventually.ts";
import { type CloudRunWorld, cloudRunWorld } from "./cloud-run-world.ts";
import { runStep, type StepOptions } from "./runner-step.ts";

let world: CloudRunWorld;
let temporary: string;
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), "ship-canary-"));
});
afterEach(async () => {
  rmSync(temporary, { recursive: true, force: true });
  await world.close();
  expect(world.google.violations).toEqual([]);
});

const start = async (...options: Parameters<typeof cloudRunWorld>) => {
  world = await cloudRunWorld(...options);
};
const shift = (inputs: Readonly<Record<string, string>> = {}, more: Partial<StepOptions> = {}) =>
  runStep({
    action: "canary-shift",
    inputs: { ...world.inputs, ...inputs },
    environment: { ...world.google.environment(), RUNNER_TEMP: temporary },
    ...more,
  });
const slow = { interval: "60s", "max-step": "60s" };

describe("the canary-shift bundle with Cloud Run", () => {
  it("promotes a healthy revision on evidence, and is unchanged the second time", async () => {
    await start();
    const step = await shift({}, { post: "run" });
    expect(step.errors).toEqual([]);
    expect(step).toMatchObject({
      exitCode: 0,
      outputs: { result: "promoted", step: "2", weight: "100" },
      post: { exitCode: 0 },
    });
    expect(world.shares()).toBe("0/100");
    const evidence = JSON.parse(readFileSync(step.outputs["evidence"] ?? "", "utf8"));
    expect(evidence).toMatchObject({ result: "promoted" });
    expect(evidence.bins.length).toBeGreaterThan(2);
    for (const write of world.writes()) expect(write).not.toHaveProperty("template");

    expect(await shift()).toMatchObject({ exitCode: 0, outputs: { result: "unchanged", weight: "100" } });
    expect(world.shares()).toBe("0/100");
  });

  it("rolls a bad revision back and says why, by the job's own identity", async () => {
    await start({ canaryErrors: 0.2 });
    const { GOOGLE_APPLICATION_CREDENTIALS: _file, ...environment } = world.google.environment();
    const step = await shift(
      {
        "workload-identity-provider": world.google.provider,
        "service-account": world.google.serviceAccount,
      },
      { environment: { ...environment, RUNNER_TEMP: temporary }, post: "run" },
    );
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
    expect(world.shares()).toBe("100/0");
    for (const token of world.google.calls.of("sts").map(({ input }) => String(input["subjectToken"])))
      expect(step.stdout.replaceAll(`::add-mask::${token}`, "")).not.toContain(token);
  });

  it("plans without writing anything", async () => {
    await start();
    const step = await shift({ "dry-run": "true", "deadman-role": world.google.serviceAccount });
    expect(step).toMatchObject({ exitCode: 0, outputs: { result: "planned", weight: "0" } });
    expect(step.summary).toContain("run.services.update");
    expect(step.summary).toContain("monitoring.timeSeries.list");
    expect(step.summary).toContain("cloudscheduler.jobs.create");
    expect(world.writes()).toEqual([]);
  });

  it("reports every input mistake at once and calls nothing", async () => {
    await start();
    const before = world.google.calls.all.length;
    const step = await shift({
      steps: "0.5,100",
      region: "",
      candidate: "",
      "deadman-role": "arn:aws:iam::123456789012:role/timer",
      "stable-target-group": "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/blue/1",
    });
    expect(step.exitCode).toBe(1);
    expect(step.errors[0]).toContain("region: it is required with target: cloud-run");
    expect(step.errors[0]).toContain("candidate: it is required with target: cloud-run");
    expect(step.errors[0]).toContain(
      "deadman-role: with target: cloud-run it is the email of a service account",
    );
    expect(step.errors[0]).toContain("stable-target-group: it means nothing with target: cloud-run");
    expect(world.google.calls.all.length).toBe(before);
  });

  it("refuses steps that percentages cannot express, and bins shorter than Cloud Monitoring makes", async () => {
    await start();
    const { CLOUDSDK_API_ENDPOINT_OVERRIDES_MONITORING: _own, ...environment } = world.google.environment();
    const step = await shift({ steps: "0.5,100" }, { environment });
    expect(step.exitCode).toBe(1);
    expect(step.errors[0]).toContain(
      "steps: the percentages of Cloud Run cannot express 0.5: use steps of 1",
    );
    expect(step.errors[0]).toContain("metric-period: Cloud Monitoring makes no bins shorter than 60s");
    expect(world.writes()).toEqual([]);
  });

  it("changes nothing when it may not write, and names the permission", async () => {
    await start();
    world.google.deniedPermissions.add("run.services.update");
    const step = await shift();
    expect(step.exitCode).toBe(1);
    expect(step.errors[0]).toContain("ACCESS_DENIED: run.services.update answered PERMISSION_DENIED");
    expect(world.shares()).toBe("100/0");
  });

  it("brings the traffic back when Cloud Monitoring fails for good in the middle", async () => {
    await start();
    const step = shift({ "max-blind": "4s" });
    await eventually("the first shift", () => world.shares() === "50/50");
    world.google.faults.add({ service: "monitoring", fault: { kind: "server-error" } });
    expect(await step).toMatchObject({ exitCode: 1, outputs: { result: "inconclusive", weight: "0" } });
    expect(world.shares()).toBe("100/0");
  });

  it("brings the traffic back in one call when it is cancelled", async () => {
    await start();
    const step = await shift(slow, { interruptAt: /step 1\/2/, post: "run" });
    expect(step).toMatchObject({
      exitCode: 1,
      outputs: { result: "cancelled", weight: "0" },
      post: { exitCode: 0 },
    });
    expect(step.tookToStop).toBeLessThan(4_000);
    expect(world.shares()).toBe("100/0");
    const back = world.writes().find((write) => !("etag" in write));
    expect(back).toMatchObject({ updateMask: "traffic" });
  });

  it("stops and says so when somebody else writes the traffic in the middle", async () => {
    await start();
    const step = shift({ interval: "4s" });
    await eventually("the first shift", () => world.shares() === "50/50");
    await world.divide(90, 10);
    expect(await step).toMatchObject({ exitCode: 1 });
    expect((await step).errors[0]).toMatch(/TRAFFIC_DRIFTED/);
    expect(world.shares()).toBe("100/0");
  });

  it("leaves a timer behind when its runner dies, and a re-run goes on where the traffic stands", async () => {
    await start();
    const inputs = { interval: "3s", "deadman-role": world.google.serviceAccount };
    const dead = await shift(inputs, { killAt: /step 1\/2/ });
    expect(dead.exitCode).toBeNull();
    expect(world.shares()).toBe("50/50");
    const [job] = world.google.scheduler.jobs.values();
    const timed = job?.settings.httpTarget;
    expect(timed).toMatchObject({ httpMethod: "PATCH", uri: expect.stringContaining("updateMask=traffic") });
    expect(JSON.parse(Buffer.from(timed?.body ?? "", "base64").toString("utf8"))).toMatchObject({
      traffic: [{ revision: "shop-1", percent: 100 }, { tag: "green" }],
    });

    const environment = { ...world.google.environment(), RUNNER_TEMP: temporary, GITHUB_RUN_ATTEMPT: "2" };
    const again = await shift(inputs, { environment });
    expect(again.stdout).toContain("goes on at 50 %");
    expect(again).toMatchObject({ exitCode: 0, outputs: { result: "promoted", weight: "100" } });
    expect(world.shares()).toBe("0/100");
    expect(world.google.scheduler.jobs.size).toBe(0);
  });

  it("is brought back by reconcile when its runner died and nobody runs it again", async () => {
    await start();
    await shift(slow, { killAt: /step 1\/2/ });
    const alive = await shift({ reconcile: "true" });
    expect(alive).toMatchObject({ exitCode: 0, outputs: { result: "unchanged" } });
    expect(world.shares()).toBe("50/50");

    await world.expire();
    const step = await shift({ reconcile: "true" });
    expect(step).toMatchObject({ exitCode: 1, outputs: { result: "rolled-back" } });
    expect(step.errors[0]).toMatch(/^CANARY_ROLLED_BACK: .*50 % went back, and all traffic is at shop-1/);
    expect(world.shares()).toBe("100/0");
  });
});
