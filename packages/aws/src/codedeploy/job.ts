import type { Run } from "#ship/kit";
import type { Caller } from "../ecs/api/caller.ts";
import type { ServiceUpdate } from "../ecs/api/services.ts";
import type { BalancerReader } from "../ecs/api/target-health.ts";
import type { MarkedService } from "../ecs/deployment/marks.ts";
import type { Evidence } from "../ecs/reasons/collect.ts";
import type { CodeDeployCaller } from "./api/caller.ts";
import type { Attempt } from "./api/deployment-groups.ts";
import type { AppSpec } from "./app-spec.ts";
import type { CodeDeploySafeguard } from "./safeguard.ts";
import type { CodeDeployRequest } from "./settings.ts";
import type { CodeDeploySituation } from "./situation.ts";

/** What the steps of one deployment share. */
export interface CodeDeployJob {
  readonly caller: Caller;
  readonly codeDeploy: CodeDeployCaller;
  readonly balancers: BalancerReader;
  readonly run: Run;
  readonly request: CodeDeployRequest;
  readonly safeguard: CodeDeploySafeguard;
  readonly journal: CodeDeployJournal;
  /** ARN to deploy; `undefined` as long as it is to be registered. */
  taskDefinition(): string | undefined;
}

/** What a deployment has learnt and done so far. */
export interface CodeDeployJournal {
  situation?: CodeDeploySituation;
  appSpec?: AppSpec;
  /** `scale` changes the number of tasks, or other settings that belong to no revision. */
  change?: "nothing" | "adopt" | "scale" | "deploy";
  deployment?: string;
  /** When the time for the deployment began, milliseconds since the epoch; waiting for room counts, one-off tasks do not. */
  begunAt?: number;
  /** How long room for it was waited for, in milliseconds. */
  roomTook: number;
  /** The group's newest deployment when this run came; what is newer began beside it. */
  lastAttempt?: Attempt;
  /** ARN of what served before ours. */
  previous?: string;
  /** What UpdateService was sent, or would be. */
  update?: ServiceUpdate;
  /** The service that carries this run's mark, or may do so. */
  marked?: MarkedService;
  /** True when no deployment had begun: there was nothing to undo. */
  untouched?: boolean;
  /** True once our deployment has ended without success: what CodeDeploy does about it can be followed. */
  ended: boolean;
  evidence?: Evidence;
  /** True once the previous revision was seen to serve again. */
  restored: boolean;
  /** True when another revision took over: nothing here is ours to undo. */
  superseded: boolean;
  /** The lifecycle stage that was reached, where the wait ended at one. */
  reached?: string;
  /** True when what failed was left as it is, by wish. */
  left: boolean;
  /** True when nothing runs because nothing is desired. */
  idle: boolean;
}

/** Milliseconds left of the time for the whole deployment, with the waits that its group makes. */
export function timeLeft({ journal, request, caller }: CodeDeployJob): number {
  const spent = caller.session.clock.now() - (journal.begunAt ?? caller.session.clock.now());
  return Math.max(0, budgetOf(journal.situation, request) - spent);
}

/** `wait-for-minutes` and the group's own waits: for ContinueDeployment, and with the original tasks still kept. */
export function budgetOf(
  situation: CodeDeploySituation | undefined,
  { waiting }: Pick<CodeDeployRequest, "waiting">,
): number {
  const { readyWait = 0, terminationWait = 0 } = situation?.group ?? {};
  return waiting.timeout + readyWait + (waiting.until.kind === "stable" ? terminationWait : 0);
}

/** Answers a step's line for the summary, having said it in the log. */
export function said({ run }: Pick<CodeDeployJob, "run">, line: string): string {
  run.log.info(line);
  return line;
}
