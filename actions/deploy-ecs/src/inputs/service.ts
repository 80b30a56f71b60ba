import type { ServiceWishes } from "#ship/aws";
import { bool, type InputValues, int, optional, type ReportProblem, required } from "#ship/kit";
import { cluster, service } from "./readers.ts";

/** Which service is updated, and with what beside its task definition. */
export const serviceInputs = {
  service: optional(service),
  cluster: required(cluster),
  "desired-count": optional(int({ min: 0 })),
  "force-new-deployment": required(bool()),
  "circuit-breaker": optional(bool()),
};
type Values = InputValues<typeof serviceInputs>;

/** What is asked of the service beside its task definition and strategy. */
export function readWishes(inputs: Values): Omit<ServiceWishes, "strategy"> {
  return {
    desired: inputs["desired-count"],
    force: inputs["force-new-deployment"],
    breaker: inputs["circuit-breaker"],
  };
}

/** Without a service nothing is described or updated, so what needs one is a mistake rather than silently nothing. */
export function checkRegistration(inputs: Values, problem: ReportProblem): void {
  for (const name of ["desired-count", "circuit-breaker"] as const)
    if (inputs[name] !== undefined) problem(name, "it needs a `service`, which is empty");
  if (inputs["force-new-deployment"]) problem("force-new-deployment", "it needs a `service`, which is empty");
}
