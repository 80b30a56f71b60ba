import { formatShare } from "#ship/kit";
import type { EndState, RunEnd } from "./end-state.ts";
import type { Expectation, Release, RunExpectation } from "./scenario.ts";
import { totalOf } from "./users.ts";

/** One expectation, and what was found. */
export interface Finding {
  readonly what: string;
  readonly expected: string;
  readonly found: string;
  readonly holds: boolean;
}

/** Migrations of the sample app, which every scenario leaves applied: they only ever add. */
const migrations = ["0001", "0002"];
/** Longest part of a reported error that a table shows. */
const longestReport = 60;

/** Holds an end state against what was expected of it. */
export function judge(expected: Expectation, end: EndState): readonly Finding[] {
  return [
    ...runs(expected, end),
    share(expected, end),
    capacity(expected, end),
    answers(expected, end),
    highest(expected, end),
    ...straight(expected, end),
    ...unmoved(end),
    ...Object.entries(end.migrations).map(([environment, applied]) => migrated(environment, applied)),
    errors(expected, end),
  ];
}

/** Whether everything was as expected. */
export function holds(findings: readonly Finding[]): boolean {
  return findings.every((finding) => finding.holds);
}

function runs(expected: Expectation, end: EndState): readonly Finding[] {
  const count = Math.max(expected.runs.length, end.runs.length);
  return Array.from({ length: count }, (_, index) => {
    const which = count === 1 ? "the workflow" : `run ${index + 1} of the workflow`;
    return run(which, expected.runs[index], end.runs[index]);
  }).flat();
}

function run(
  which: string,
  wanted: RunExpectation | undefined,
  found: RunEnd | undefined,
): readonly Finding[] {
  const ended: Finding = {
    what: `${which} ended with`,
    expected: wanted?.outcome ?? "no such run",
    found: found?.outcome ?? "no such run",
    holds: wanted?.outcome === found?.outcome,
  };
  const { says } = wanted ?? {};
  if (says === undefined) return [ended];
  const errors = found?.errors ?? [];
  const match = errors.find((error) => error.includes(says));
  const said: Finding = {
    what: `${which} reported`,
    expected: shortened(says),
    found: shortened(match ?? errors[0] ?? "no error"),
    holds: match !== undefined,
  };
  return [ended, said];
}

function shortened(text: string): string {
  const [line = ""] = text.split("\n");
  return line.length <= longestReport ? line : `${line.slice(0, longestReport)} …`;
}

function share(expected: Expectation, end: EndState): Finding {
  const { share } = end.releases[expected.serving];
  return {
    what: `weight of the ${expected.serving} release`,
    expected: "100 %",
    found: formatShare(share),
    holds: share === 1,
  };
}

function capacity(expected: Expectation, end: EndState): Finding {
  const { runningTasks, healthyTargets } = end.releases[expected.serving];
  return {
    what: `tasks of the ${expected.serving} release`,
    expected: "at least 2 running, all healthy",
    found: `${runningTasks} running, ${healthyTargets} healthy`,
    holds: runningTasks >= 2 && healthyTargets >= 2,
  };
}

function answers(expected: Expectation, end: EndState): Finding {
  const other: Release = expected.serving === "new" ? "old" : "new";
  const { [expected.serving]: right, [other]: wrong } = end.answering;
  return {
    what: "who answered users at the end",
    expected: `the ${expected.serving} release alone`,
    found: `${right} requests by the ${expected.serving} release, ${wrong} by the ${other} one`,
    holds: right > 0 && wrong === 0,
  };
}

function highest(expected: Expectation, end: EndState): Finding {
  const { from, to } = expected.highestShare;
  return {
    what: "most traffic the new release ever had",
    expected: from === to ? formatShare(from) : `${formatShare(from)} to ${formatShare(to)}`,
    found: formatShare(end.highestShare),
    holds: end.highestShare >= from && end.highestShare <= to,
  };
}

/** A release that reaches everybody is carried there, and never taken back on the way. */
function straight({ serving }: Expectation, { stepsBack }: EndState): readonly Finding[] {
  if (serving === "old") return [];
  return [
    {
      what: "times the new release was taken back",
      expected: "0",
      found: String(stepsBack),
      holds: stepsBack === 0,
    },
  ];
}

function unmoved({ sharesInIncident }: EndState): readonly Finding[] {
  if (sharesInIncident === undefined) return [];
  return [
    {
      what: "new weights while both releases failed",
      expected: "none",
      found: sharesInIncident.map(formatShare).join(", ") || "none",
      holds: sharesInIncident.length === 0,
    },
  ];
}

function migrated(environment: string, applied: readonly string[]): Finding {
  return {
    what: `migrations applied in ${environment}`,
    expected: migrations.join(", "),
    found: applied.join(", ") || "none",
    holds: applied.join() === migrations.join(),
  };
}

function errors(expected: Expectation, end: EndState): Finding {
  const { requests, errors } = totalOf(end.users);
  const rate = requests === 0 ? 1 : errors / requests;
  return {
    what: "requests of users that failed",
    expected: `at most ${formatShare(expected.mostErrors)}`,
    found: `${formatShare(rate)} (${errors} of ${requests})`,
    holds: requests > 0 && rate <= expected.mostErrors,
  };
}
