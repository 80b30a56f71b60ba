import type { Run, Step } from "#ship/kit";
import { type Caller, createCaller } from "../ecs/api/caller.ts";
import { createBalancerReader } from "../ecs/api/target-health.ts";
import type { AwsSession } from "../session.ts";
import { createCodeDeployCaller } from "./api/caller.ts";
import type { CodeDeployJob, CodeDeployJournal } from "./job.ts";
import { createCodeDeploySafeguard } from "./safeguard.ts";
import type { CodeDeployRequest } from "./settings.ts";
import { type CodeDeploySituation, readCodeDeploySituation } from "./situation.ts";
import { deployStep } from "./steps/deploy.ts";
import { roomStep } from "./steps/room.ts";
import { waitStep } from "./steps/wait.ts";

/** Steps that deploy a task definition through CodeDeploy, for the pipeline that registers it. */
export interface CodeDeployer {
  /** Read once, before anything is changed. */
  situation(): Promise<CodeDeploySituation>;
  /** Before the task definition is registered. */
  readonly before: readonly Step[];
  /** After it. */
  readonly after: readonly Step[];
  readonly journal: CodeDeployJournal;
  /** Nothing is left to go back from: every step has succeeded. */
  close(): void;
}

/**
 * Makes the steps of one deployment. No call is made yet.
 * @param taskDefinition answers the ARN to deploy; `undefined` as long as it is to be registered
 */
export function createCodeDeployer(
  session: AwsSession,
  request: CodeDeployRequest,
  run: Run,
  taskDefinition: () => string | undefined,
): CodeDeployer {
  const caller: Caller = createCaller(session);
  const codeDeploy = createCodeDeployCaller(session);
  const journal: CodeDeployJournal = {
    roomTook: 0,
    ended: false,
    restored: false,
    superseded: false,
    left: false,
    idle: false,
  };
  const safeguard = createCodeDeploySafeguard(caller, codeDeploy, run, request.rollback);
  const job: CodeDeployJob = {
    caller,
    codeDeploy,
    balancers: createBalancerReader(session),
    run,
    request,
    safeguard,
    journal,
    taskDefinition,
  };
  let reading: Promise<CodeDeploySituation> | undefined;
  const situation = () => {
    reading ??= readCodeDeploySituation(caller, codeDeploy, request);
    return reading;
  };
  return {
    situation,
    before: [roomStep(job, situation)],
    after: [deployStep(job, situation), waitStep(job)],
    journal,
    close: safeguard.close,
  };
}
