import { type DeployRequest, lifecycleStages, type WaitUntil } from "#ship/aws";
import {
  bool,
  duration,
  InputProblem,
  type InputValues,
  int,
  oneOf,
  optional,
  type Reader,
  type ReportProblem,
  required,
} from "#ship/kit";

/** Amazon ECS ends a deployment after 30 days. Minutes. */
const longestDeployment = 43_200;

/** How long to wait for the deployment, and what becomes of one that fails. */
export const waitingInputs = {
  "wait-until": required(waitUntil()),
  "wait-for-service-stability": optional(bool()),
  "wait-for-minutes": required(int({ min: 1, max: longestDeployment })),
  "wait-max-delay-seconds": optional(int({ min: 0 })),
  "poll-interval": required(duration({ min: 100, max: 3_600_000 })),
  "on-conflict": required(oneOf("wait", "fail", "supersede")),
  "rollback-on-failure": required(bool()),
  "rollback-on-cancel": required(bool()),
  "keep-revisions": optional(int({ min: 1 })),
  "log-tail": required(int({ min: 0, max: 1_000 })),
  "dry-run": required(bool()),
};
/** The values of {@link waitingInputs}. */
export type WaitingValues = InputValues<typeof waitingInputs>;

function waitUntil(): Reader<WaitUntil> {
  const accepts = `stable, bake, none, or a lifecycle stage: ${lifecycleStages.join(", ")}`;
  return {
    accepts,
    read(raw) {
      const word = raw.trim();
      const lower = word.toLowerCase();
      if (lower === "stable" || lower === "none") return { kind: lower };
      if (lower === "bake") return { kind: "stage", stage: "BAKE_TIME" };
      const stage = word.toUpperCase().replaceAll("-", "_");
      if (lifecycleStages.includes(stage)) return { kind: "stage", stage };
      throw new InputProblem();
    },
  };
}

/** The part of the request that says how the deployment is followed. */
export function readWaiting(
  inputs: WaitingValues,
): Pick<
  DeployRequest,
  "waiting" | "waitUntil" | "onConflict" | "rollback" | "mode" | "keepRevisions" | "logLines"
> {
  return {
    waiting: { every: inputs["poll-interval"], timeout: inputs["wait-for-minutes"] * 60_000 },
    waitUntil: waitsForNothing(inputs) ? { kind: "none" } : inputs["wait-until"],
    onConflict: inputs["on-conflict"],
    rollback: { onFailure: inputs["rollback-on-failure"], onCancel: inputs["rollback-on-cancel"] },
    mode: inputs["dry-run"] ? "plan" : "apply",
    keepRevisions: inputs["keep-revisions"],
    logLines: inputs["log-tail"],
  };
}

/** True when the step ends with the update. */
export function waitsForNothing(inputs: WaitingValues): boolean {
  return inputs["wait-until"].kind === "none" || inputs["wait-for-service-stability"] === false;
}

/** Mistakes that only several of these inputs together show. */
export function checkWaiting(inputs: WaitingValues, problem: ReportProblem): void {
  const { "wait-until": until, "wait-for-service-stability": stability } = inputs;
  if (stability === false && until.kind === "stage")
    problem(
      "wait-for-service-stability",
      `it is false, but \`wait-until\` asks for ${until.stage}; give one of them`,
    );
  if (stability === true && until.kind === "none")
    problem("wait-for-service-stability", "it is true, but `wait-until` is none; give one of them");
  if (inputs["keep-revisions"] !== undefined && waitsForNothing(inputs))
    problem("keep-revisions", "old revisions are removed only after a success, which is not waited for");
}
