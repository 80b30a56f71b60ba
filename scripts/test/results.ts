/** Counts tests in the results file jest writes with `--json`. */
import { readFileSync } from "node:fs";
import { z } from "zod";

const resultsFile = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numRuntimeErrorTestSuites: z.number(),
});

/** Passed and failed tests. */
export interface Count {
  readonly passed: number;
  readonly failed: number;
}

/**
 * Reads jest's results at `path`. A file that could not be loaded counts as one failure, as does a run that ended
 * before it wrote results.
 */
export function countResults(path: string): Count {
  try {
    const results = resultsFile.parse(JSON.parse(readFileSync(path, "utf8")));
    return {
      passed: results.numPassedTests,
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
    };
  } catch (error) {
    console.error(`jest left no readable results: ${error instanceof Error ? error.message : String(error)}`);
    return { passed: 0, failed: 1 };
  }
}
