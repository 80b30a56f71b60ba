import { optional, type ReportProblem, url } from "#ship/kit";

/** What the new revision must answer before the deployment counts. */
export const healthCheckInputs = { "health-check-url": optional(url()) };
type Values = { readonly "health-check-url": URL | undefined };

/** Mistakes that only several of these inputs together show. */
export function checkHealthCheck(
  inputs: Values & { readonly hasService: boolean },
  problem: ReportProblem,
): void {
  if (!inputs.hasService && inputs["health-check-url"] !== undefined)
    problem("health-check-url", "it needs a `service`, which is empty");
}
