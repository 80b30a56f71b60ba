import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { groupLives, ownProcesses, signalGroup } from "../../../packages/rehearsal/src/processes/index.ts";
import { eventually } from "../../support/eventually.ts";
import { startSource } from "../../support/program.ts";

const PROCESSES = pathToFileURL(join(process.cwd(), "packages/rehearsal/src/processes/index.ts")).href;
/** Ignores SIGTERM and has a child that does, too: the hardest thing to get rid of. */
const STUBBORN = `trap '' TERM; sh -c "trap '' TERM; echo child; while :; do sleep 1; done" & echo up; wait; wait`;

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ship-processes-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function stubborn() {
  const child = spawn("sh", ["-c", STUBBORN], { detached: true, stdio: ["ignore", "pipe", "ignore"] });
  const ready = new Promise<void>((resolve) => {
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
      if (text.includes("up") && text.includes("child")) resolve();
    });
  });
  return { child, group: child.pid ?? 0, ready };
}

describe("owned processes", () => {
  it("end with everything they started when closed, also when they ignore SIGTERM", async () => {
    const owned = ownProcesses({ graceMilliseconds: 100 });
    const { child, group, ready } = stubborn();
    owned.own(child);
    await ready;
    expect(groupLives(group)).toBe(true);

    await owned.close();

    await eventually("the group to be gone", () => !groupLives(group));
  });

  it("get the time to end by themselves before they are killed", async () => {
    const owned = ownProcesses({ graceMilliseconds: 5_000 });
    const said = join(folder, "said");
    const child = spawn(
      "sh",
      ["-c", `trap 'sleep 0.1; echo bye > ${said}; exit' TERM; echo up; while :; do sleep 0.05; done`],
      {
        detached: true,
        stdio: ["ignore", "pipe", "ignore"],
      },
    );
    owned.own(child);
    await new Promise((resolve) => child.stdout.once("data", resolve));

    await owned.close();

    expect(existsSync(said)).toBe(true);
  });

  it("take their folders with them, but not one that was released", async () => {
    const owned = ownProcesses();
    for (const name of ["kept", "gone"]) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, "file"), "");
      owned.ownFolder(join(folder, name));
    }
    owned.releaseFolder(join(folder, "kept"));

    await owned.close();
    await owned.close();

    expect([existsSync(join(folder, "kept/file")), existsSync(join(folder, "gone"))]).toEqual([true, false]);
  });

  it("refuse a program that did not start", async () => {
    const owned = ownProcesses();
    const child = spawn("/nowhere/program", { detached: true });
    child.on("error", () => undefined);

    expect(() => owned.own(child)).toThrow("/nowhere/program did not start");
    await owned.close();
  });

  it.each(["SIGKILL", "SIGTERM", "SIGINT"] as const)(
    "are gone, with their folders, after %s of their owner",
    async (signal) => {
      const temporary = join(folder, "temporary");
      mkdirSync(temporary);
      const owner = startSource(
        folder,
        `import { spawn } from "node:child_process";
       import { ownProcesses } from ${JSON.stringify(PROCESSES)};
       const owned = ownProcesses({ graceMilliseconds: 100 });
       owned.ownFolder(${JSON.stringify(temporary)});
       const child = spawn("sh", ["-c", ${JSON.stringify(STUBBORN)}], { detached: true, stdio: ["ignore", "pipe", "ignore"] });
       owned.own(child);
       let text = "";
       child.stdout.on("data", (chunk) => {
         text += chunk;
         if (text.includes("up") && text.includes("child")) console.log("group " + child.pid);
       });`,
      );
      const group = Number((await owner.printed(/group (\d+)/))[1]);
      expect(groupLives(group)).toBe(true);

      owner.child.kill(signal);

      await owner.exited;
      await eventually("the group to be gone", () => !groupLives(group));
      await eventually("the folder to be gone", () => !existsSync(temporary));
    },
  );

  it("do not keep their owner from ending", async () => {
    const owner = startSource(
      folder,
      `import { ownProcesses } from ${JSON.stringify(PROCESSES)};
       ownProcesses();
       console.log("done");`,
    );

    expect(await owner.exited).toEqual({ code: 0, signal: null });
  });
});

describe("a program run by npm", () => {
  it.each([
    { chain: "npm", command: "exec" },
    { chain: "npm and its shell", command: "" },
  ])("ends what it owns when $chain is killed", async ({ command }) => {
    const program = join(folder, "program.mjs");
    writeFileSync(
      program,
      `import { spawn } from "node:child_process";
       import { ownProcesses, whenLauncherEnds } from ${JSON.stringify(PROCESSES)};
       const owned = ownProcesses({ graceMilliseconds: 100 });
       const child = spawn("sleep", ["1000"], { detached: true, stdio: "ignore" });
       owned.own(child);
       setInterval(() => undefined, 1000);
       whenLauncherEnds(() => process.exit(1));
       console.log("group " + child.pid);`,
    );
    const launcher = startSource(
      mkdtempSync(join(folder, "launcher-")),
      `import { spawn } from "node:child_process";
       const shell = ${JSON.stringify(`${command} "$0" --no-warnings "$1"; exit $?`)};
       spawn("sh", ["-c", shell, process.execPath, ${JSON.stringify(program)}], { stdio: "inherit" });`,
    );
    const group = Number((await launcher.printed(/group (\d+)/))[1]);
    expect(groupLives(group)).toBe(true);

    launcher.child.kill("SIGKILL");

    await eventually("the group to be gone", () => !groupLives(group));
  });
});

describe("signalling a group", () => {
  it.each([0, 1, -5, 1.5, Number.NaN])("refuses %p, which would reach processes of others", (group) => {
    expect(() => signalGroup(group, "SIGTERM")).toThrow("not one that may be signalled");
  });
});
