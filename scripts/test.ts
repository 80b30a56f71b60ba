/**
 * Runs jest on test tiers: `node scripts/test.ts unit contract [path…] [jest flags…]`.
 *
 * Words before the first flag are tiers (folders of `__tests__`) or paths that narrow the run; everything from the
 * first flag on goes to jest as it is. Ends with one line `N passed, N failed`, counted from jest's own JSON results.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { countResults } from "./test/results.ts";
import { planRun } from "./test/tiers.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

function runJest(patterns: readonly string[], flags: readonly string[]): number {
  const scratch = mkdtempSync(join(tmpdir(), "ship-test-"));
  const results = join(scratch, "results.json");
  try {
    const jest = spawnSync(
      process.execPath,
      [
        "--experimental-vm-modules",
        "--no-warnings",
        join(root, "node_modules/jest/bin/jest.js"),
        "--json",
        `--outputFile=${results}`,
        ...patterns,
        ...flags,
      ],
      { cwd: root, stdio: ["inherit", "ignore", "inherit"] },
    );
    const count = countResults(results);
    console.log(`${count.passed} passed, ${count.failed} failed`);
    return jest.status === 0 && count.failed > 0 ? 1 : (jest.status ?? 1);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const plan = planRun(root, process.argv.slice(2));
if ("problem" in plan) {
  console.error(plan.problem);
  console.log("0 passed, 1 failed");
  process.exitCode = 1;
} else {
  process.exitCode = runJest(plan.patterns, plan.flags);
}
