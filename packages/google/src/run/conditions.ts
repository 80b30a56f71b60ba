import type { Condition, Revision, Service } from "./model.ts";

const failed = "CONDITION_FAILED";
const succeeded = "CONDITION_SUCCEEDED";

/** True when a revision could take traffic; what Cloud Run tells with severity INFO never speaks against it. */
export function isReady(revision: Revision): boolean {
  return revision.conditions.some(({ type, state }) => type === "Ready" && state === succeeded);
}

/** Why a revision is not ready, in Cloud Run's words. */
export function reasonsOf(revision: Revision): readonly string[] {
  return revision.conditions
    .filter(({ state, severity }) => state !== succeeded && severity !== "INFO")
    .map(describe);
}

/** Why a service could not be brought where it was told to be; `undefined` while that may still happen, or when it has. */
export function failureOf(service: Service): string | undefined {
  const terminal = service.terminalCondition;
  return isObserved(service) && terminal?.state === failed ? describe(terminal) : undefined;
}

/** True when Cloud Run has acted upon everything it was told. */
export function isObserved(service: Service): boolean {
  return service.reconciling !== true && service.observedGeneration === service.generation;
}

function describe({ type, state, message, reason, revisionReason }: Condition): string {
  const because = [revisionReason ?? reason, message].filter(Boolean).join(": ");
  return `${type ?? "a condition"} is ${(state ?? "unknown").replace("CONDITION_", "").toLowerCase()}${because && ` (${because})`}`;
}
