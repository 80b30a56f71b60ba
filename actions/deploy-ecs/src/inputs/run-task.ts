import type { InputValues, ReportProblem } from "#ship/kit";

/** The one-off task that runs before the service is updated. */
export const runTaskInputs = {};
type Values = InputValues<typeof runTaskInputs>;

/** Mistakes that only several of these inputs together show. */
export function checkRunTask(_inputs: Values, _problem: ReportProblem): void {}
