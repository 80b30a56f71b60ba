import type { Environment, ReportProblem } from "#ship/kit";
import { projectOf } from "./cloud-run.ts";
import type { ShiftValues } from "./inputs.ts";

/** Where rollouts may have been left behind. */
export type Places =
  | { readonly kind: "ecs-alb"; readonly rules: readonly string[]; readonly listeners: readonly string[] }
  | {
      readonly kind: "cloud-run";
      readonly service: string;
      readonly region: string;
      readonly project: string;
    };

/** Reads where `reconcile` or `approve` shall look; reports what is missing. */
export function readPlaces(
  values: ShiftValues,
  environment: Environment,
  problem: ReportProblem,
): Places | undefined {
  const wish = values.approve ? "approve" : "reconcile";
  switch (values.target) {
    case "ecs-native":
      problem(
        wish,
        "it has nothing to do with target: ecs-native, where Amazon ECS waits and goes back by itself",
      );
      return undefined;
    case "ecs-alb": {
      const [rules, listeners] = [values["listener-rule-arn"] ?? [], values["listener-arn"] ?? []];
      if (rules.length + listeners.length > 0) return { kind: "ecs-alb", rules, listeners };
      problem("listener-arn", `it, or listener-rule-arn, is required with ${wish}`);
      return undefined;
    }
    case "cloud-run": {
      const { service, region } = values;
      const project = projectOf(values, environment);
      if (service && region && project) return { kind: "cloud-run", service, region, project };
      problem("service", `it, region and project-id are required with ${wish} and target: cloud-run`);
      return undefined;
    }
  }
}
