import type { InputValues, ReportProblem } from "#ship/kit";

/** Deployments that AWS CodeDeploy carries out. */
export const codeDeployInputs = {};
type Values = InputValues<typeof codeDeployInputs>;

/** Mistakes that only several of these inputs together show. */
export function checkCodeDeploy(_inputs: Values, _problem: ReportProblem): void {}
