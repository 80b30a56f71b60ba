import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { eventually } from "../support/eventually.ts";

/** What a healthy rehearsal may take, in milliseconds; it is generous, because nothing here is about speed. */
const generous = 240_000;

/** Folder for the files of one rehearsal, which its processes have in their command lines. */
let temporary = "";
let running: ChildProcess | undefined;
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), "ship-rehearsal-test-"));
  // As root the database runs as another user, who must get there.
  chmodSync(temporary, 0o711);
});
afterEach(() => {
  if (running?.exitCode === null) running.kill("SIGTERM");
  rmSync(temporary, { recursive: true, force: true });
});

/** `npm run rehearse` as a person starts it, on a machine where no container engine answers. */
function rehearse(...words: readonly string[]) {
  const child = spawn("npm", ["run", "--silent", "rehearse", "--", ...words], {
    env: {
      PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter),
      HOME: temporary,
      TMPDIR: temporary,
      DOCKER_HOST: `unix://${temporary}/no-engine.sock`,
    },
    stdio: ["ignore", "pipe", "pipe"],
    // A process group of its own, as a shell gives a command of a terminal.
    detached: true,
  });
  running = child;
  let text = "";
  const listen = (chunk: Buffer) => {
    text += chunk.toString("utf8");
  };
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  return {
    child,
    output: () => text,
    exitCode: new Promise<number | null>((resolve) => child.once("close", resolve)),
  };
}

/** Command lines of processes that belong to the rehearsal: those that name its folder, in words or environment. */
function leftProcesses(): string[] {
  const read = (pid: string, file: string) => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, "utf8").replaceAll("\0", " ");
    } catch {
      return "";
    }
  };
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .filter((pid) => `${read(pid, "cmdline")}${read(pid, "environ")}`.includes(temporary))
    .map((pid) => read(pid, "cmdline"));
}

async function expectNothingLeft(): Promise<void> {
  await eventually(
    "every process of the rehearsal to end",
    () => leftProcesses().filter((line) => line !== "").length === 0,
    15_000,
  );
  await eventually(
    "the rehearsal's folder to be removed",
    () => readdirSync(temporary).every((name) => !name.startsWith("ship-rehearsal-")),
    15_000,
  );
}

/** The row of a table on the terminal that begins with `name`. */
function row(output: string, name: string): string {
  const tables = output.slice(output.indexOf("What happened"));
  return tables.split("\n").find((line) => line.startsWith(name)) ?? "";
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
      expect(row(run.output(), "staging/image")).toContain("skipped: no Docker engine");
      expect(row(run.output(), "new")).toMatch(/100 % +shop-api-green +2 +2$/);
      expect(run.output()).toMatch(/canary \[#+\.+\] +25 % .* err p95 .* \| .* err p95 /);
      const report = readFileSync(/^Report: (.+)$/m.exec(run.output())?.[1] ?? "", "utf8");
      expect(report).toContain("Everything ended as expected.");
      expect(report).toMatch(/<section class="summary">\s*<h3>production\/release › Shift traffic<\/h3>/);
      await expectNothingLeft();
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
      expect(row(run.output(), "old")).toMatch(/100 % +shop-api-blue +2 +2$/);
      await expectNothingLeft();
    },
    generous,
  );

  it("refuses a scenario it does not know with one clear error, and starts nothing", async () => {
    const run = rehearse("--scenario", "chaos");

    expect(await run.exitCode).toBe(1);
    expect(run.output().trim()).toBe("--scenario is 'chaos'. Accepted: healthy, errors, crash, cancel.");
    expect(readdirSync(temporary).filter((name) => name.startsWith("ship-rehearsal-"))).toEqual([]);
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
      expect(leftProcesses().filter((line) => line.includes("server.js")).length).toBeGreaterThan(0);

      const { pid = 0 } = run.child;
      process.kill(target === "group" ? -pid : pid, signal);

      await run.exitCode;
      expect(run.output()).not.toContain("Verdict");
      await expectNothingLeft();
    },
    generous,
  );
});
