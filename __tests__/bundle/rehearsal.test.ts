import { readdirSync, readFileSync, rmSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { eventually } from "../support/eventually.ts";
import {
  endRow,
  nothingLeft,
  processesOf,
  rehearsalFolder,
  type StartedRehearsal,
  startRehearsal,
} from "../support/rehearsal.ts";

/** What a rehearsal may take, in milliseconds; it is generous, because nothing here is about speed. */
const generous = 240_000;

let folder = "";
let running: StartedRehearsal | undefined;
beforeEach(() => {
  folder = rehearsalFolder();
});
afterEach(() => {
  if (running?.child.exitCode === null) running.child.kill("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
});

/** On a machine where no container engine answers. */
function rehearse(...words: readonly string[]): StartedRehearsal {
  running = startRehearsal(folder, `unix://${folder}/no-engine.sock`, words);
  return running;
}

describe("npm run rehearse", () => {
  it(
    "brings a healthy release to all users",
    async () => {
      const run = rehearse();

      expect([await run.exitCode, run.output()]).toEqual([
        0,
        expect.stringContaining("As expected: healthy"),
      ]);
      expect(endRow(run.output(), "staging/image")).toContain("skipped: no Docker engine");
      expect(endRow(run.output(), "new")).toMatch(/100 % +shop-api-green +2 +2$/);
      expect(run.output()).toMatch(/canary \[#+\.+\] +25 % .* err p95 .* \| .* err p95 /);
      const report = readFileSync(/^Report: (.+)$/m.exec(run.output())?.[1] ?? "", "utf8");
      expect(report).toContain("Everything ended as expected.");
      expect(report).toMatch(/<section class="summary">\s*<h3>production\/release › Shift traffic<\/h3>/);
      await nothingLeft(folder);
    },
    generous,
  );

  it.each([
    ["errors", /^production\/release +Shift traffic +failure/m, "CANARY_"],
    ["crash", /^production\/release +Deploy +failure/m, "DEPLOYMENT_ROLLED_BACK"],
    ["cancel", /^production\/release +Shift traffic +cancelled/m, "somebody cancels the run"],
  ])(
    "ends scenario %s with the old release serving everybody",
    async (scenario, step, why) => {
      const run = rehearse("--scenario", scenario);

      expect([await run.exitCode, run.output()]).toEqual([
        0,
        expect.stringContaining(`As expected: ${scenario}`),
      ]);
      expect(run.output()).toMatch(step);
      expect(run.output()).toContain(why);
      expect(endRow(run.output(), "old")).toMatch(/100 % +shop-api-blue +2 +2$/);
      await nothingLeft(folder);
    },
    generous,
  );

  it("refuses a scenario it does not know with one clear error, and starts nothing", async () => {
    const run = rehearse("--scenario", "chaos");

    expect(await run.exitCode).toBe(1);
    expect(run.output().trim()).toBe("--scenario is 'chaos'. Accepted: healthy, errors, crash, cancel.");
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
