import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { isShipError, systemExec } from "#ship/kit";

const environment = { PATH: process.env["PATH"] ?? "" };
const node = (source: string) => ({ program: process.execPath, arguments: ["-e", source], environment });

/** A killed process that nobody has waited for yet is still listed, as a zombie. */
function alive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

describe("running a program", () => {
  it("passes arguments as they are, input by stdin, and answers code and output", async () => {
    const completed = await systemExec({
      program: process.execPath,
      arguments: [
        "-e",
        "process.stdin.on('data', d => { console.log(process.argv[1], String(d)); console.error('e'); process.exit(3) })",
        "$(id); `id` && *",
      ],
      stdin: "secret",
      environment,
    });
    expect(completed).toEqual({ exitCode: 3, stdout: "$(id); `id` && * secret", stderr: "e" });
  });

  it("gives the program no environment but the one it is given", async () => {
    const { stdout } = await systemExec(node("console.log(Object.keys(process.env).join())"));
    expect(stdout).toBe("PATH");
  });

  it("says which program is missing", async () => {
    const error = await systemExec({ program: "no-such-program", arguments: [], environment }).catch(
      (thrown) => thrown,
    );
    expect(isShipError(error) && `${error.code}: ${error.message}`).toBe(
      'TOOL_MISSING: The program "no-such-program" is not on PATH.',
    );
  });

  it("ends the whole process tree when cancelled", async () => {
    const controller = new AbortController();
    const pids: number[] = [];
    const work = systemExec({
      ...node(
        "const c = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {stdio: 'inherit'}); console.log(process.pid); console.log(c.pid); setInterval(() => {}, 1000)",
      ),
      onLine(line) {
        pids.push(Number(line));
        if (pids.length === 2) controller.abort(new Error("cancelled"));
      },
      signal: controller.signal,
    });
    await expect(work).rejects.toThrow("cancelled");
    expect(pids.filter(alive)).toEqual([]);
  });
});
