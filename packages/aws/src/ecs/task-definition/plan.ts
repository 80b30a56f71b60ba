import type { Caller } from "../api/caller.ts";
import { describeTaskDefinition, type Registered, registerTaskDefinition } from "../api/task-definitions.ts";
import { type Difference, differences } from "./diff.ts";
import { textOf } from "./members.ts";
import { isSame } from "./normalise.ts";
import type { Fields } from "./schema.ts";
import type { WantedDefinition } from "./source.ts";

/** What has to be done so that the wanted definition has an ARN, and how it differs from what runs. */
export type DefinitionPlan = {
  readonly body: Fields;
  readonly family: string;
  readonly differences: readonly Difference[];
} & ({ readonly action: "use"; readonly arn: string } | { readonly action: "register" });

/**
 * Decides whether a new revision is needed: it is not when the revision that was named, what already runs, or the
 * family's latest ACTIVE revision is the same after normalising.
 * @param running ARNs of the revisions in service, the one that serves users first
 */
export async function planDefinition(
  caller: Caller,
  wanted: WantedDefinition,
  running: readonly string[],
): Promise<DefinitionPlan> {
  const { body, origin } = wanted;
  const family = textOf(body, "family");
  const inService = await Promise.all(running.map((arn) => describeTaskDefinition(caller, arn)));
  const isOrigin = origin !== undefined && isSame(body, origin.body);
  const latest = isOrigin ? undefined : await describeTaskDefinition(caller, family);
  const base = inService[0] ?? latest ?? origin;
  const plan = { body, family, differences: differences(base?.body, body) };
  const same = isOrigin
    ? origin
    : [...inService, latest].find((candidate) => isUsable(candidate) && isSame(body, candidate.body));
  return same ? { ...plan, action: "use", arn: same.arn } : { ...plan, action: "register" };
}

/** Carries the plan out. @returns the ARN to deploy */
export async function carryOut(caller: Caller, plan: DefinitionPlan): Promise<string> {
  return plan.action === "use" ? plan.arn : registerTaskDefinition(caller, plan.body);
}

function isUsable(candidate: Registered | undefined): candidate is Registered {
  return candidate?.status === "ACTIVE";
}
