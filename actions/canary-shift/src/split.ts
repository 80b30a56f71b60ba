import type { AlbSplit, SplitPlace, SplitSides } from "#ship/aws";
import type { ReportProblem } from "#ship/kit";

/** The inputs that say where and between what traffic is split. */
interface SplitValues {
  readonly "listener-rule-arn": readonly string[] | undefined;
  readonly "listener-arn": readonly string[] | undefined;
  readonly "stable-target-group": string | undefined;
  readonly "canary-target-group": string | undefined;
  readonly cluster: string;
  readonly candidate: string | undefined;
  readonly stable: string | undefined;
}

/** Reads the split that several inputs make together; reports what is missing, doubled or the same twice. */
export function readSplit(values: SplitValues, problem: ReportProblem): AlbSplit | undefined {
  const place = readPlace(values, problem);
  const sides = readSides(values, problem);
  return place && sides ? { place, sides } : undefined;
}

function readPlace(values: SplitValues, problem: ReportProblem): SplitPlace | undefined {
  const { "listener-rule-arn": rules = [], "listener-arn": listeners = [] } = values;
  for (const [name, arns] of Object.entries({ "listener-rule-arn": rules, "listener-arn": listeners })) {
    if (arns.length > 1) return reject(problem, name, "only reconcile takes several");
  }
  const [[rule], [listener]] = [rules, listeners];
  if (rule !== undefined && listener !== undefined)
    return reject(problem, "listener-arn", "give it or listener-rule-arn, not both");
  if (rule !== undefined) return { kind: "rule", arn: rule };
  if (listener !== undefined) return { kind: "listener", arn: listener };
  return reject(problem, "listener-rule-arn", "it, or listener-arn, is required");
}

function readSides(values: SplitValues, problem: ReportProblem): SplitSides | undefined {
  const { "stable-target-group": stableGroup, "canary-target-group": canaryGroup, cluster } = values;
  const { stable, candidate } = values;
  const namesGroups = stableGroup !== undefined || canaryGroup !== undefined;
  const namesServices = stable !== undefined || candidate !== undefined;
  if (namesGroups && namesServices)
    return reject(problem, "candidate", "give services (candidate, stable) or target groups, not both");
  if (namesGroups) {
    if (stableGroup === undefined || canaryGroup === undefined)
      return reject(problem, "canary-target-group", "it and stable-target-group are required together");
    if (stableGroup === canaryGroup)
      return reject(problem, "canary-target-group", `it is the same as stable-target-group, ${stableGroup}`);
    return { kind: "target-groups", stable: stableGroup, canary: canaryGroup };
  }
  if (stable === undefined || candidate === undefined) {
    return reject(
      problem,
      "candidate",
      "it and stable are required together, or else canary-target-group and stable-target-group",
    );
  }
  if (stable === candidate)
    return reject(problem, "candidate", `it is the same service as stable, ${stable}`);
  return { kind: "services", cluster, stable, canary: candidate };
}

function reject(problem: ReportProblem, name: string, text: string): undefined {
  problem(name, text);
  return undefined;
}
