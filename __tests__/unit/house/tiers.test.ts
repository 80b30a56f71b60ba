import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { countResults } from "../../../scripts/test/results.ts";
import { planRun } from "../../../scripts/test/tiers.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "ship-tiers-"));
  for (const folder of ["unit/kit", "bundle/kit", "contract"])
    mkdirSync(join(root, "__tests__", folder), { recursive: true });
  writeFileSync(join(root, "__tests__/unit/kit/a.test.ts"), "");
  writeFileSync(join(root, "__tests__/bundle/kit/a.test.ts"), "");
  writeFileSync(join(root, "__tests__/contract/fixture.ts"), "");
});
afterEach(() => rmSync(root, { recursive: true }));

describe("the words of a test run", () => {
  it("name tiers, and hand everything from the first flag on to jest", () => {
    expect(planRun(root, ["unit", "bundle", "-t", "retries", "--verbose"])).toEqual({
      patterns: ["__tests__/unit/", "__tests__/bundle/"],
      flags: ["-t", "retries", "--verbose"],
    });
  });

  it("may narrow the run to a path", () => {
    expect(planRun(root, ["unit", "bundle", "__tests__/unit/kit"])).toEqual({
      patterns: ["__tests__/unit/kit"],
      flags: [],
    });
  });

  it.each([
    [
      "a tier that does not exist",
      ["unt"],
      '"unt" is neither a test tier (bundle, contract, unit) nor a path',
    ],
    ["a tier without tests", ["unit", "contract"], 'The test tier "contract" has no *.test.ts file'],
    ["nothing", ["--verbose"], "Name at least one test tier"],
  ])("may not name %s", (_case, words, problem) => {
    expect(planRun(root, words)).toEqual({ problem: expect.stringContaining(problem) });
  });
});

describe("the results of a test run", () => {
  it("count a file that could not be loaded as a failure", () => {
    const file = join(root, "results.json");
    writeFileSync(
      file,
      JSON.stringify({ numPassedTests: 5, numFailedTests: 1, numRuntimeErrorTestSuites: 2 }),
    );
    expect(countResults(file)).toEqual({ passed: 5, failed: 3 });
  });
});
