import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { addressCheck, type CheckMoment, commandCheck, rolloutSummary, type StepCheck } from "#ship/delivery";
import { manualClock, recordingLog, systemClock, systemExec } from "#ship/kit";
import { minute, trial } from "./canary.ts";

const moment: CheckMoment = {
  step: 2,
  stepCount: 4,
  share: 0.25,
  state: {
    split: { canary: 0.25 },
    stable: { name: "blue" },
    canary: { name: "green" },
    warnings: [],
  },
};
const never = new AbortController().signal;

/** A check whose answer at each step is decided by a test; 0 stands for the time before any traffic. */
function scripted(failing: number | undefined, options: { hangs?: boolean } = {}) {
  const made: number[] = [];
  const check: StepCheck = {
    name: "smoke",
    concerns: () => true,
    async run({ step }, signal) {
      made.push(step);
      if (step === failing) return { passed: false, why: "the till is closed" };
      if (options.hangs && step === 1)
        await new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        });
      return { passed: true };
    },
  };
  return { made, check };
}

describe("a check of the steps", () => {
  it("is made before any traffic is moved and once in each step", async () => {
    const { made, check } = scripted(undefined);
    const { run } = trial({}, () => ({ checks: [check] }));
    expect(await run()).toMatchObject({ result: "promoted" });
    expect(made).toEqual([0, 1, 2, 3, 4]);
  });

  it("keeps all traffic at stable when it fails before any is moved", async () => {
    const { made, check } = scripted(0);
    const { run, world } = trial({}, () => ({ checks: [check] }));
    const report = await run();
    expect(report).toMatchObject({
      result: "rolled-back",
      step: 0,
      share: 0,
      reason: "before any traffic was moved, smoke: the till is closed",
      failure: { code: "CANARY_ROLLED_BACK" },
    });
    expect(made).toEqual([0]);
    expect(world.written.every(({ share }) => share === 0)).toBe(true);
  });

  it("rolls back at once when it fails in a step", async () => {
    const { run, world, clock } = trial({}, () => ({ checks: [scripted(2).check] }));
    const report = run();
    await clock.advance(11 * minute);
    expect(world.share).toBe(0);
    expect(await report).toMatchObject({
      result: "rolled-back",
      step: 2,
      reason: "smoke: the till is closed",
    });
  });

  it("holds the step while it runs, and the gates go on meanwhile", async () => {
    const { run, world } = trial({}, () => ({ checks: [scripted(undefined, { hangs: true }).check] }));
    const report = await run();
    expect(report).toMatchObject({ result: "inconclusive", step: 1 });
    expect(report.reason).toContain("after 30 min (limit 30 min) the step still waits for smoke");
    expect(world.share).toBe(0);

    const bad = trial({ canary: (since) => ({ errors: since > 12 * minute ? 0.05 : 0.01 }) }, () => ({
      checks: [scripted(undefined, { hangs: true }).check],
    }));
    expect((await bad.run()).reason).toContain("errors against stable");
  });

  it("is only reported in observe mode", async () => {
    const { run } = trial({}, () => ({ checks: [scripted(3).check] }));
    const report = await run({ mode: "observe" });
    expect(report).toMatchObject({
      result: "promoted",
      wouldHave: "would have rolled back: smoke: the till is closed",
    });
    expect(rolloutSummary(report)).toContain("would have rolled back: smoke");
  });
});

describe("a gate command", () => {
  const log = recordingLog();
  const run = (script: string, timeout = 10_000) =>
    commandCheck({
      command: [process.execPath, "-e", script],
      environment: { PATH: process.env["PATH"] ?? "", TILL: "open" },
      directory: ".",
      timeout,
      exec: systemExec,
      clock: systemClock,
      log,
    }).run(moment, never);

  it("passes with exit code 0, and knows where the rollout stands", async () => {
    const script =
      "const e = process.env; console.log(e.SHIP_STEP, e.SHIP_STEPS, e.SHIP_WEIGHT, e.SHIP_CANARY, e.SHIP_STABLE, e.TILL)";
    expect(await run(script)).toEqual({ passed: true });
    expect(log.lines).toEqual(["info: gate-command: 2 4 25 green blue open"]);
  });

  it("fails with any other, and says what the program said last", async () => {
    expect(await run("console.log('till 3 is shut'); process.exit(4)")).toEqual({
      passed: false,
      why: expect.stringMatching(/ended with 4: till 3 is shut$/),
    });
  });

  it("fails when it takes too long", async () => {
    await expect(run("setTimeout(() => {}, 60_000)", 100)).rejects.toThrow("took longer than 100 ms");
  });
});

describe("an address that must answer", () => {
  async function asking(answer: RequestListener, url: (base: string) => string, address?: "own") {
    const server = createServer(answer);
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const clock = manualClock();
    const check = addressCheck({ url: url(base), headers: { "x-arm": "canary" }, fetch, clock });
    const canary = { name: "green", ...(address === undefined ? {} : { address: base }) };
    try {
      return await clock.runUntil(
        check.run({ ...moment, state: { ...moment.state, canary } }, never).catch((error: unknown) => error),
      );
    } finally {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    }
  }
  it("passes on success, and is sent the headers that lead to the canary", async () => {
    const seen: unknown[] = [];
    const answer = await asking(
      (request, response) => {
        seen.push([request.url, request.headers["x-arm"]]);
        response.end("ok");
      },
      (base) => `${base}/ready`,
    );
    expect(answer).toEqual({ passed: true });
    expect(seen).toEqual([["/ready", "canary"]]);
  });

  it("is taken below the address at which the canary alone answers", async () => {
    const seen: unknown[] = [];
    const answer = await asking(
      (request, response) => {
        seen.push(request.url);
        response.end();
      },
      () => "/ready",
      "own",
    );
    expect(answer).toEqual({ passed: true });
    expect(seen).toEqual(["/ready"]);
  });

  it("is a mistake where the canary has no address of its own", async () => {
    expect(
      await asking(
        (_, response) => response.end(),
        () => "/ready",
      ),
    ).toMatchObject({
      code: "INPUT_INVALID",
      message: "health-check-url is the path /ready, but green has no address of its own.",
    });
  });

  it("forgives one bad answer and not three", async () => {
    let calls = 0;
    const flaky: RequestListener = (_, response) => {
      calls += 1;
      response.writeHead(calls === 1 ? 503 : 200).end();
    };
    expect(await asking(flaky, (base) => base)).toEqual({ passed: true });
    const down: RequestListener = (_, response) => response.writeHead(503).end("no database");
    expect(await asking(down, (base) => base)).toMatchObject({
      passed: false,
      why: expect.stringMatching(/^http:.* answers 503: no database \(3 tries\)$/),
    });
  });
});
