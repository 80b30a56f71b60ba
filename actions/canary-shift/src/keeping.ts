import type { DeadMan, Keeping, Owner } from "#ship/delivery";
import type { Run } from "#ship/kit";
import type { ShiftInputs } from "./inputs.ts";
import type { Opened } from "./open.ts";

/** How this rollout outlives its process; absent on a platform that keeps its own state. */
export function keepingOf({ memory }: Opened, inputs: ShiftInputs, run: Run): Keeping | undefined {
  if (!memory) return undefined;
  return {
    notes: memory.notes,
    deadMan: timerOf(memory.deadMan, inputs),
    owner: ownerOf(run),
    commit: commitOf(run),
    credentials: memory.credentials,
    jobLimit: inputs["job-timeout"],
    onExisting: inputs["on-existing"],
    onDrift: inputs["on-drift"],
    force: inputs.force,
  };
}

/** Says before a rollout that nobody but a person or reconcile would bring its traffic back. */
export function warnOfMissingTimer({ memory }: Opened, inputs: ShiftInputs, run: Run): void {
  if (!memory || inputs.deadman === "off" || inputs["deadman-role"] !== undefined) return;
  run.log.warning(
    "No timer will bring the traffic back if this runner dies: deadman-role is empty. Run canary-shift with `reconcile: true` on a schedule, or set it.",
  );
}

/** The run that this process belongs to. */
export function ownerOf({ environment }: Run): Owner {
  const { repository, runId, runAttempt, serverUrl } = environment.github;
  return { repository, run: runId, attempt: runAttempt, server: serverUrl };
}

/** Outside a runner there is no commit: then each run counts as a release of its own. */
function commitOf({ environment, clock }: Run): string {
  const { sha } = environment.github;
  return sha === "" ? `unknown:${clock.now()}` : `commit:${sha}`;
}

function timerOf(deadMan: (identity: string) => DeadMan, inputs: ShiftInputs): DeadMan | undefined {
  const identity = inputs["deadman-role"];
  return inputs.deadman === "off" || identity === undefined ? undefined : deadMan(identity);
}
