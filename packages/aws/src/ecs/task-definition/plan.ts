import type { ShipError } from "#ship/kit";
import { isClosed } from "../../errors.ts";
import type { Caller } from "../api/caller.ts";
import { describeTaskDefinition, type Registered, registerTaskDefinition } from "../api/task-definitions.ts";
import { sentences } from "../reasons/sentence.ts";
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
 * family's latest ACTIVE revision is the same after normalising. A role that may only register, as AWS's own action has it,
 * cannot compare and registers every time.
 * @param running ARNs of the revisions in service, the one that serves users first
 */
export async function planDefinition(
  caller: Caller,
  wanted: WantedDefinition,
  running: readonly string[],
): Promise<DefinitionPlan> {
  const { body, origin } = wanted;
  const family = textOf(body, "family");
  let refusal: ShipError | undefined;
  const look = async (reference: string) => {
    try {
      return await describeTaskDefinition(caller, reference);
    } catch (error) {
      if (!isClosed(error)) throw error;
      refusal = error;
      return undefined;
    }
  };
  const inService = await Promise.all(running.map(look));
  const isOrigin = origin !== undefined && isSame(body, origin.body);
  const latest = isOrigin ? undefined : await look(family);
  if (refusal !== undefined && !isOrigin)
    caller.session.log.warning(
      sentences("What is registered cannot be compared, so a revision is registered anyway", refusal.message),
    );
  const base = inService[0] ?? latest ?? origin;
  const isUnseen = refusal !== undefined && base === undefined;
  const plan = { body, family, differences: isUnseen ? [] : differences(base?.body, body) };
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
