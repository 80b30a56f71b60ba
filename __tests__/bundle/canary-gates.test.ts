import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { eventually } from "../support/eventually.ts";
import { type CanaryWorld, canaryWorld } from "./canary-world.ts";
import { runStep } from "./runner-step.ts";

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

const step = (inputs: Readonly<Record<string, string>>) =>
  runStep({
    action: "canary-shift",
    inputs,
    workspace: temporary,
    environment: { ...world.aws.environment(), RUNNER_TEMP: temporary },
  });
const shift = (inputs: Readonly<Record<string, string>>) => step({ ...world.inputs, ...inputs });
const split = () => {
  const [stable, canary] = world.weights().split("/").map(Number);
  return (canary ?? 0) / ((stable ?? 0) + (canary ?? 0));
};

describe("the hard gates of the canary-shift bundle", () => {
  it("keep all traffic at stable when a command fails before any is moved", async () => {
    const result = await shift({ "gate-command": "node -e 'console.log(`till is shut`); process.exit(3)'" });
    expect(result).toMatchObject({ exitCode: 1, outputs: { result: "rolled-back", step: "0", weight: "0" } });
    expect(result.errors[0]).toMatch(
      /^CANARY_ROLLED_BACK: before any traffic was moved, gate-command: node ended with 3: till is shut/,
    );
    expect(split()).toBe(0);
  });

  it("are passed before any traffic is moved and in each step, with the command told where it stands", async () => {
    const seen: unknown[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers["x-arm"]);
      response.end();
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const { port } = server.address() as AddressInfo;
    writeFileSync(
      join(temporary, "gate.mjs"),
      `import { appendFileSync } from "node:fs";
       const { SHIP_STEP, SHIP_WEIGHT, SHIP_CANARY } = process.env;
       appendFileSync("told.txt", [SHIP_STEP, SHIP_WEIGHT, SHIP_CANARY].join(" ") + "\\n");`,
    );
    try {
      const result = await shift({
        "gate-command": "node gate.mjs",
        "health-check-url": `http://127.0.0.1:${port}/ready`,
        "health-check-headers": "X-Arm: canary",
      });
      expect(result).toMatchObject({ exitCode: 0, outputs: { result: "promoted" } });
      expect(readFileSync(join(temporary, "told.txt"), "utf8")).toBe("0 0 green\n1 50 green\n2 100 green\n");
      expect(seen).toEqual(["canary", "canary", "canary"]);
    } finally {
      await new Promise((closed) => server.close(closed));
    }
  });

  it("roll back when a command fails at a step", async () => {
    const result = await shift({
      "gate-command": "node -e 'process.exit(process.env.SHIP_STEP === `1` ? 1 : 0)'",
    });
    expect(result).toMatchObject({ exitCode: 1, outputs: { result: "rolled-back", step: "1", weight: "0" } });
    expect(split()).toBe(0);
  });
});

describe("the canary-shift bundle before the first shift", () => {
  it("refuses an address that nobody could ask, and headers that nobody would send", async () => {
    const path = await shift({ "health-check-url": "/ready" });
    expect(path.errors[0]).toContain("behind a load balancer the canary has no address of its own");
    const lost = await shift({
      "health-check-headers": "X-Arm: canary",
      "gate-command": "npm test | tee log",
    });
    expect(lost.errors[0]).toContain("there is no shell, so | has no meaning");
    const unsent = await shift({ "health-check-headers": "X-Arm: canary" });
    expect(unsent.errors[0]).toContain("they are sent to health-check-url, which is empty");
    expect(world.aws.calls.all).toEqual([]);
  });

  it("says that nothing happened when the weights cannot even be read", async () => {
    world.aws.faults.add({ action: "DescribeRules", fault: { kind: "denied" } });
    const result = await shift({});
    expect(result).toMatchObject({
      exitCode: 1,
      outputs: { result: "failed", step: "0", "bad-requests": "0", duration: expect.stringMatching(/^\d$/) },
    });
    expect(split()).toBe(0);
  });
});

describe("an approval step of the canary-shift bundle", () => {
  it("holds the weight until a second job approves", async () => {
    const approve = () =>
      step({ approve: "true", "aws-region": world.aws.region, "listener-rule-arn": world.rule });
    expect(await approve()).toMatchObject({
      exitCode: 1,
      errors: [expect.stringMatching(/^NOTHING_TO_APPROVE: No rollout is under way at this target\./)],
    });

    const rollout = shift({ steps: "50@approval,100", "approval-timeout": "60s" });
    await eventually("the first shift", () => split() === 0.5);
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    expect(split()).toBe(0.5);

    const approval = await approve();
    expect(approval).toMatchObject({
      exitCode: 0,
      outputs: { result: "approved", weight: "50", reason: "green may go on from 50 %" },
    });
    const result = await rollout;
    expect(result).toMatchObject({ exitCode: 0, outputs: { result: "promoted", weight: "100" } });
    expect(result.stdout).toContain("::notice::green waits at 50 %25 for an approval");
    expect(result.stdout).toContain("hold: the step still waits for the approval");
  });
});
