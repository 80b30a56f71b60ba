import { execFile } from "node:child_process";

/**
 * Runs a program without a shell, in this process's environment unless told, and answers its standard output.
 * Rejects with the command, how it ended and the last lines it wrote to standard error.
 */
export function runProgram(
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { maxBuffer: 64 * 1024 * 1024, env: environment }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const missing = "code" in error && error.code === "ENOENT";
      const reason = missing ? "it is not on the PATH" : stderr.trim().split("\n").slice(-10).join("\n");
      reject(
        new Error(`${[program, ...args].join(" ")} failed: ${reason || error.message}`, { cause: error }),
      );
    });
  });
}

/** Whether the program can be found on the PATH. */
export async function hasProgram(program: string): Promise<boolean> {
  try {
    await runProgram(program, ["--version"]);
    return true;
  } catch {
    return false;
  }
}
