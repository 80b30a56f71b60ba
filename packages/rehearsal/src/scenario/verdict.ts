import { formatShare } from "#ship/kit";
import type { EndState } from "./end-state.ts";
import type { Expectation, Release } from "./scenario.ts";
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

/** Holds an end state against what was expected of it. */
export function judge(expected: Expectation, end: EndState): readonly Finding[] {
  return [
    workflow(expected, end),
    share(expected, end),
    capacity(expected, end),
    answers(expected, end),
    highest(expected, end),
    ...Object.entries(end.migrations).map(([environment, applied]) => migrated(environment, applied)),
    errors(expected, end),
  ];
}

/** Whether everything was as expected. */
export function holds(findings: readonly Finding[]): boolean {
  return findings.every((finding) => finding.holds);
}

function workflow(expected: Expectation, end: EndState): Finding {
  return {
    what: "the workflow ended with",
    expected: expected.workflow,
    found: end.workflow,
    holds: end.workflow === expected.workflow,
  };
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
