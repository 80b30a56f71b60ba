import type { DeployRequest } from "#ship/aws";
import { bool, duration, type InputValues, int, required } from "#ship/kit";

/** How long to wait for the deployment, and what becomes of one that fails. */
export const waitingInputs = {
  "wait-for-minutes": required(int({ min: 1, max: 1_440 })),
  "poll-interval": required(duration({ min: 100, max: 300_000 })),
  "rollback-on-failure": required(bool()),
  "rollback-on-cancel": required(bool()),
  "log-tail": required(int({ min: 0, max: 1_000 })),
  "dry-run": required(bool()),
};
type Values = InputValues<typeof waitingInputs>;

/** The part of the request that says how the deployment is followed. */
export function readWaiting(
  inputs: Values,
): Pick<DeployRequest, "waiting" | "rollback" | "mode" | "logLines"> {
  return {
    waiting: { every: inputs["poll-interval"], timeout: inputs["wait-for-minutes"] * 60_000 },
    rollback: { onFailure: inputs["rollback-on-failure"], onCancel: inputs["rollback-on-cancel"] },
    mode: inputs["dry-run"] ? "plan" : "apply",
    logLines: inputs["log-tail"],
  };
}
