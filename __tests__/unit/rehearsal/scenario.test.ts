import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { readArguments } from "../../../packages/rehearsal/src/command/arguments.ts";
import { findObstacles } from "../../../packages/rehearsal/src/command/checks.ts";
import {
  type EndState,
  judge,
  type RunEnd,
  type ScenarioName,
  scenarioNames,
  scenarioOf,
} from "../../../packages/rehearsal/src/scenario/index.ts";
import { experience } from "./experience.ts";

const idle = { share: 0, services: [], runningTasks: 0, healthyTargets: 0 };
const serving = { share: 1, services: ["shop-api-green"], runningTasks: 2, healthyTargets: 2 };
const migrations = { staging: ["0001", "0002"], production: ["0001", "0002"] };

/** A run that promoted the new release. */
const promoted: EndState = {
  runs: [{ outcome: "success", errors: [] }],
  releases: { old: idle, new: serving },
  answering: { old: 0, new: 180 },
  highestShare: 1,
  stepsBack: 0,
  migrations,
  users: new Map([["1.0.0", experience({ requests: 5_000 })]]),
};
/** A run after which the old release has all traffic, and the new one once had `highestShare`. */
const takenBack = (
  outcome: RunEnd["outcome"],
  highestShare: number,
  ...errors: readonly string[]
): EndState => ({
  ...promoted,
  runs: [{ outcome, errors }],
  highestShare,
  releases: { old: serving, new: idle },
  answering: { old: 180, new: 0 },
});
const rolledBack = (share: number) =>
  takenBack("failure", share, "CANARY_ROLLED_BACK: errors against stable");
const refused: RunEnd = {
  outcome: "failure",
  errors: [
    "ROLLOUT_IN_PROGRESS: The rollout of https://github.com/acme/shop-api/actions/runs/1001/attempts/1 moves it",
  ],
};
const inconclusive = takenBack("failure", 0.1, "CANARY_INCONCLUSIVE: too few requests");
const wrong = (name: ScenarioName, end: EndState) =>
  judge(scenarioOf(name).expected, end)
    .filter((finding) => !finding.holds)
    .map(({ what }) => what);

describe("the verdict on a rehearsal", () => {
  it("holds when the end is the one the scenario expects", () => {
    const ends: Readonly<Record<ScenarioName, EndState>> = {
      healthy: promoted,
      errors: rolledBack(0.25),
      crash: takenBack("failure", 0, "DEPLOYMENT_ROLLED_BACK: it crashed"),
      cancel: takenBack("cancelled", 0.25),
      subtle: rolledBack(0.5),
      latency: rolledBack(0.1),
      leak: rolledBack(0.25),
      "low-traffic": inconclusive,
      "no-metrics": inconclusive,
      "incident-both": { ...promoted, sharesInIncident: [] },
      "runner-dies": { ...promoted, runs: [{ outcome: "failure", errors: [] }, ...promoted.runs] },
      "second-deploy": { ...promoted, runs: [...promoted.runs, refused] },
      drift: takenBack("failure", 0.25, "TRAFFIC_DRIFTED: somebody wrote it"),
    };
    for (const name of scenarioNames) expect([name, wrong(name, ends[name])]).toEqual([name, []]);
  });

  it("is not taken in by a green workflow whose traffic went back", () => {
    const end = takenBack("success", 0.5);
    expect(wrong("healthy", end)).toEqual([
      "weight of the new release",
      "tasks of the new release",
      "who answered users at the end",
      "most traffic the new release ever had",
    ]);
  });

  it("is not taken in by weights when the other release still answers", () => {
    expect(wrong("healthy", { ...promoted, answering: { old: 1, new: 180 } })).toEqual([
      "who answered users at the end",
    ]);
  });

  it("misses a canary that never got traffic, or too much", () => {
    expect(wrong("errors", rolledBack(0))).toEqual(["most traffic the new release ever had"]);
    expect(wrong("errors", rolledBack(1))).toEqual(["most traffic the new release ever had"]);
    expect(wrong("low-traffic", { ...inconclusive, highestShare: 0.25 })).toEqual([
      "most traffic the new release ever had",
    ]);
  });

  it("wants the reason, too: a run that failed of something else is not the one rehearsed", () => {
    const findings = judge(
      scenarioOf("drift").expected,
      takenBack("failure", 0.25, "BROKEN: the\nrunner", "more"),
    );
    expect(findings.filter((finding) => !finding.holds)).toEqual([
      { what: "the workflow reported", expected: "TRAFFIC_DRIFTED", found: "BROKEN: the", holds: false },
    ]);
    expect(wrong("drift", takenBack("failure", 0.25))).toEqual(["the workflow reported"]);
  });

  it("misses a release that was taken back on its way, even if it came to everybody in the end", () => {
    expect(
      wrong("runner-dies", {
        ...promoted,
        runs: [{ outcome: "failure", errors: [] }, ...promoted.runs],
        stepsBack: 1,
      }),
    ).toEqual(["times the new release was taken back"]);
  });

  it("misses a canary that was given more traffic while both releases failed", () => {
    expect(wrong("incident-both", { ...promoted, sharesInIncident: [0.5] })).toEqual([
      "new weights while both releases failed",
    ]);
  });

  it("misses a run that never was, and one too many", () => {
    expect(wrong("healthy", { ...promoted, runs: [] })).toEqual(["the workflow ended with"]);
    expect(wrong("healthy", { ...promoted, runs: [...promoted.runs, ...promoted.runs] })).toEqual([
      "run 2 of the workflow ended with",
    ]);
  });

  it("counts users' failed requests, those without any answer included", () => {
    const users = new Map([
      ["1.0.0", experience({ requests: 990 })],
      ["none", experience({ requests: 10, errors: 10 })],
    ]);
    const findings = judge(scenarioOf("healthy").expected, { ...promoted, users });
    expect(findings.filter((finding) => !finding.holds)).toEqual([
      {
        what: "requests of users that failed",
        expected: "at most 0.1 %",
        found: "1 % (10 of 1000)",
        holds: false,
      },
    ]);
  });

  it("does not take silence for health: without any request nothing is proven", () => {
    expect(wrong("healthy", { ...promoted, users: new Map() })).toEqual(["requests of users that failed"]);
  });

  it("names the environment whose database lacks a migration", () => {
    const end = { ...promoted, migrations: { ...migrations, staging: ["0001"] } };
    expect(wrong("healthy", end)).toEqual(["migrations applied in staging"]);
  });
});

describe("the command line of a rehearsal", () => {
  it("rehearses the healthy release unless told", () => {
    expect(readArguments([])).toEqual({ kind: "rehearse", scenarios: ["healthy"] });
  });

  it.each([["--scenario", "crash"], ["--scenario=crash"]])("takes a scenario as %s %s", (...words) => {
    expect(readArguments(words)).toEqual({ kind: "rehearse", scenarios: ["crash"] });
  });

  it("takes all scenarios by one word", () => {
    expect(readArguments(["--scenario", "all"])).toEqual({ kind: "rehearse", scenarios: scenarioNames });
  });

  it.each([
    [["--scenario", "chaos"], `--scenario is 'chaos'. Accepted: all, ${scenarioNames.join(", ")}.`],
    [["--scenario"], `--scenario has no value. Accepted: all, ${scenarioNames.join(", ")}.`],
    [
      ["--scenari", "crash"],
      `The option --scenari is not known. Accepted: --scenario all|${scenarioNames.join("|")}`,
    ],
    [["crash"], `'crash' is not understood. Accepted: --scenario all|${scenarioNames.join("|")}`],
  ])("refuses %j and names what it accepts", (words, message) => {
    expect(() => readArguments(words)).toThrow(message);
  });
});

describe("the checks before a rehearsal", () => {
  const folder = () => mkdtempSync(join(tmpdir(), "ship-checks-"));
  const write = (root: string, ...paths: readonly string[]) => {
    for (const path of paths) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), "");
    }
  };

  const tree = (root: string) => ({
    node: "24.1.0",
    actions: join(root, "actions"),
    dist: join(root, "dist"),
    reports: join(root, "reports/healthy"),
  });

  it("report an old Node.js and every missing part of dist at once", () => {
    const root = folder();
    write(
      root,
      "actions/deploy/action.yml",
      "actions/notify/action.yml",
      "dist/deploy/action.yml",
      "dist/deploy/index.js",
    );
    const obstacles = findObstacles({ ...tree(root), node: "20.11.0" });
    rmSync(root, { recursive: true });

    expect(obstacles).toHaveLength(2);
    expect(obstacles[0]).toContain("This is Node.js 20.11.0; actions run on 24.");
    expect(obstacles[1]).toBe(
      "dist/ lacks notify/action.yml, notify/index.js, .github/workflows/server.yml. Build it with: npm run build",
    );
  });

  it("report a folder in which no report can be written, before a minute is spent on one", () => {
    const root = folder();
    write(root, "actions/.keep", "dist/.github/workflows/server.yml", "reports");
    const obstacles = findObstacles(tree(root));
    rmSync(root, { recursive: true });

    expect(obstacles).toEqual([
      expect.stringContaining(`The report cannot be written to ${root}/reports/healthy (`),
    ]);
  });

  it("find nothing in the way of a complete tree", () => {
    const root = folder();
    write(
      root,
      "actions/deploy/action.yml",
      "dist/deploy/action.yml",
      "dist/deploy/index.js",
      "dist/.github/workflows/server.yml",
    );
    const obstacles = findObstacles({ ...tree(root), node: "24.1.0" });
    rmSync(root, { recursive: true });

    expect(obstacles).toEqual([]);
  });
});
