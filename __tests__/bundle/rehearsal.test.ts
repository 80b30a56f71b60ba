import { readdirSync, readFileSync, rmSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { eventually } from "../support/eventually.ts";
import {
  endRow,
  nothingLeft,
  processesOf,
  type Rehearsals,
  rehearsalFolder,
  type StartedRehearsal,
  startRehearsal,
  startRehearsals,
} from "../support/rehearsal.ts";

/** What a rehearsal may take, in milliseconds; it is generous, because nothing here is about speed. */
const generous = 240_000;

describe("npm run rehearse", () => {
  let rehearsals: Rehearsals;
  beforeAll(() => {
    rehearsals = startRehearsals(["healthy", "errors", "cancel", "crash"]);
  });
  afterAll(() => rehearsals.stop());

  it(
    "brings a healthy release to all users",
    async () => {
      const { exitCode, output, folder } = await rehearsals.ended("healthy");

      expect([exitCode, output]).toEqual([0, expect.stringContaining("As expected: healthy")]);
      expect(endRow(output, "staging/image")).toContain("skipped: no Docker engine");
      expect(endRow(output, "new")).toMatch(/100 % +shop-api-green +2 +2$/);
      expect(output).toMatch(/canary \[#+\.+\] +25 % .* err p95 .* \| .* err p95 /);
      const report = readFileSync(/^Report: (.+)$/m.exec(output)?.[1] ?? "", "utf8");
      expect(report).toContain("Everything ended as expected.");
      expect(report).toMatch(/<section class="summary">\s*<h3>production\/release › Shift traffic<\/h3>/);
      expect(report).toMatch(/<iframe sandbox [^>]*srcdoc="[^"]*Canary: promoted/);
      await nothingLeft(folder);
    },
    generous,
  );

  it.each([
    ["errors", /^production\/release +Shift traffic +failure/m, "CANARY_ROLLED_BACK"],
    ["cancel", /^production\/release +Shift traffic +cancelled/m, "somebody cancels the run"],
    ["crash", /^production\/release +Deploy +failure/m, "DEPLOYMENT_ROLLED_BACK"],
  ])(
    "ends scenario %s with the old release serving everybody",
    async (scenario, step, why) => {
      const { exitCode, output, folder } = await rehearsals.ended(scenario);

      expect([exitCode, output]).toEqual([0, expect.stringContaining(`As expected: ${scenario}`)]);
      expect(output).toMatch(step);
      expect(output).toContain(why);
      expect(endRow(output, "old")).toMatch(/100 % +shop-api-blue +2 +2$/);
      await nothingLeft(folder);
    },
    generous,
  );
});

describe("npm run rehearse, refused or interrupted", () => {
  let folder = "";
  let running: StartedRehearsal | undefined;
  beforeEach(() => {
    folder = rehearsalFolder();
  });
  afterEach(() => {
    if (running?.child.exitCode === null) running.child.kill("SIGTERM");
    rmSync(folder, { recursive: true, force: true });
  });
  const rehearse = (...words: readonly string[]): StartedRehearsal => {
    running = startRehearsal(folder, `unix://${folder}/no-engine.sock`, words);
    return running;
  };

  it("refuses a scenario it does not know with one clear error, and starts nothing", async () => {
    const run = rehearse("--scenario", "chaos");

    expect(await run.exitCode).toBe(1);
    expect(run.output().trim()).toMatch(
      /^--scenario is 'chaos'\. Accepted: all, healthy, errors, crash, .+\.$/,
    );
    expect(readdirSync(folder).filter((name) => name.startsWith("ship-rehearsal-"))).toEqual([]);
  });

  it.each([
    ["SIGKILL of npm", "SIGKILL", "npm"],
    ["SIGTERM of npm", "SIGTERM", "npm"],
    ["Ctrl-C, which reaches npm and all it started", "SIGINT", "group"],
  ] as const)(
    "leaves no process and no folder behind after %s in the middle",
    async (_, signal, target) => {
      const run = rehearse();
      await eventually(
        "a deployment under way",
        () => {
          if (run.child.exitCode !== null) throw new Error(`The rehearsal ended early: ${run.output()}`);
          return run.output().includes("Deploy …");
        },
        60_000,
      );
      expect(processesOf(folder).filter((line) => line.includes("server.js")).length).toBeGreaterThan(0);

      const { pid = 0 } = run.child;
      process.kill(target === "group" ? -pid : pid, signal);

      await run.exitCode;
      expect(run.output()).not.toContain("Verdict");
      await nothingLeft(folder);
    },
    generous,
  );
});
