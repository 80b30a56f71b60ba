/** Starts the build's own tools. */
import { spawn } from "node:child_process";

/**
 * Runs this Node on `script` with `args` in `folder`; answers its standard output.
 * Fails with everything the program printed when it exits other than 0.
 */
export function runNode(script: string, args: readonly string[], folder: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (status) => {
      if (status === 0) resolve(stdout);
      else
        reject(new Error(`${script} ${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`.trimEnd()));
    });
  });
}

/** Runs `work` over `items`, at most `width` at a time; fails with the first failure. */
export async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const lane = async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: width }, lane));
  return results;
}
