import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** How a program of somebody else ended. */
export interface ToolResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program found on PATH with this environment and no configuration of the person at the machine. One that is not
 * installed is a failure of the test, not a reason to pass.
 */
export async function runTool(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<ToolResult> {
  const home = mkdtempSync(join(tmpdir(), "ship-tool-"));
  try {
    return await new Promise((resolve, reject) => {
      const env = { PATH: process.env["PATH"], HOME: home, AWS_PAGER: "", ...environment };
      const child = execFile(program, [...args], { env, maxBuffer: 16_000_000 }, (error, stdout, stderr) => {
        if (child.pid === undefined) reject(notInstalled(program, error));
        else resolve({ exitCode: child.exitCode ?? 1, stdout, stderr });
      });
    });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** The error for a program that could not be started. */
export function notInstalled(program: string, cause: Error | null): Error {
  return new Error(`${program} cannot be started (${cause?.message}). .ci/run shows how to install it.`);
}

/** The JSON that the AWS command line answers; throws with its own words when it fails. */
export async function awsCli(
  environment: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<Record<string, unknown>> {
  return parsed(await runTool("aws", [...args, "--output", "json"], environment), `aws ${args.join(" ")}`);
}

/** The JSON that a boto3 script of this folder prints; throws with its traceback when it fails. */
export async function boto3(
  environment: Readonly<Record<string, string>>,
  script: string,
  ...args: readonly string[]
): Promise<Record<string, unknown>> {
  const file = fileURLToPath(new URL(script, import.meta.url));
  return parsed(await runTool("python3", [file, ...args], environment), script);
}

function parsed({ exitCode, stdout, stderr }: ToolResult, what: string): Record<string, unknown> {
  if (exitCode !== 0) {
    const missing = stderr.includes("ModuleNotFoundError") ? " .ci/run shows how to install it." : "";
    throw new Error(`${what} ended with ${exitCode}: ${stderr || stdout}${missing}`);
  }
  return stdout.trim() === "" ? {} : JSON.parse(stdout);
}
