import {
  ContinueServiceDeploymentCommand,
  type DeploymentConfiguration,
  DescribeServiceDeploymentsCommand,
  ListServiceDeploymentsCommand,
  type ServiceDeploymentStatus,
  StopServiceDeploymentCommand,
} from "@aws-sdk/client-ecs";
import { ask, type Caller, everyPage } from "./caller.ts";
import type { ServiceAddress } from "./services.ts";

/** One line of a service's deployment history. */
export interface DeploymentEntry {
  readonly arn: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** A {@link ServiceDeploymentStatus}, or a word of a later API. */
  readonly status: string;
  readonly targetRevision: string;
}

/** A service deployment as it stands. */
export interface DeploymentState {
  readonly arn: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly status: string;
  readonly reason: string;
  /** Lifecycle stage of the native traffic-shifting strategies, and of some rolling deployments. */
  readonly stage: string | undefined;
  readonly requested: number;
  readonly running: number;
  readonly pending: number;
  readonly rollbackReason: string;
  readonly breaker:
    | { readonly failures: number; readonly threshold: number; readonly status: string }
    | undefined;
  readonly alarms: readonly string[];
  /** Percent of the production traffic asked for the target revision; 0 where a strategy shifts none. */
  readonly weight: number;
  /** Hooks of the present stage that wait for an answer. */
  readonly waiting: readonly WaitingHook[];
  /** ARNs of service revisions: what is deployed, and what it replaces with each one's percent of the traffic. */
  readonly target: string;
  readonly sources: readonly { readonly arn: string; readonly weight: number }[];
  /** As it was when the deployment began. */
  readonly configuration: DeploymentConfiguration;
}

/** A pause of a deployment that ContinueServiceDeployment ends. */
export interface WaitingHook {
  readonly id: string;
  /** Milliseconds since the epoch; then `timeoutAction` is taken. */
  readonly expiresAt: number | undefined;
  readonly timeoutAction: string;
}

/** The deployment history of a service, newest first (90 days are kept). */
export async function listServiceDeployments(
  caller: Caller,
  address: ServiceAddress,
  filter: { readonly createdAfter?: number; readonly status?: readonly ServiceDeploymentStatus[] },
): Promise<DeploymentEntry[]> {
  const entries = await everyPage(async (nextToken) => {
    const answer = await ask(caller, "ecs:ListServiceDeployments", (options) =>
      caller.client.send(
        new ListServiceDeploymentsCommand({
          ...address,
          maxResults: 100,
          ...(filter.createdAfter === undefined
            ? {}
            : { createdAt: { after: new Date(filter.createdAfter) } }),
          ...(filter.status === undefined ? {} : { status: [...filter.status] }),
          ...(nextToken === undefined ? {} : { nextToken }),
        }),
        options,
      ),
    );
    const items = (answer.serviceDeployments ?? []).map((brief) => ({
      arn: brief.serviceDeploymentArn ?? "",
      createdAt: brief.createdAt?.getTime() ?? 0,
      status: brief.status ?? "",
      targetRevision: brief.targetServiceRevisionArn ?? "",
    }));
    return { items, nextToken: answer.nextToken };
  });
  return entries.sort((a, b) => b.createdAt - a.createdAt);
}

/** Reads one service deployment; `undefined` when it is not there (yet). */
export async function describeServiceDeployment(
  caller: Caller,
  arn: string,
): Promise<DeploymentState | undefined> {
  const answer = await ask(caller, "ecs:DescribeServiceDeployments", (options) =>
    caller.client.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [arn] }), options),
  );
  const [found] = answer.serviceDeployments ?? [];
  if (!found) return undefined;
  const breaker = found.deploymentCircuitBreaker;
  return {
    arn,
    createdAt: found.createdAt?.getTime() ?? 0,
    status: found.status ?? "",
    reason: found.statusReason ?? "",
    stage: found.lifecycleStage,
    requested: found.targetServiceRevision?.requestedTaskCount ?? 0,
    running: found.targetServiceRevision?.runningTaskCount ?? 0,
    pending: found.targetServiceRevision?.pendingTaskCount ?? 0,
    rollbackReason: found.rollback?.reason ?? "",
    breaker: breaker && {
      failures: breaker.failureCount ?? 0,
      threshold: breaker.threshold ?? 0,
      status: breaker.status ?? "",
    },
    alarms: found.alarms?.triggeredAlarmNames ?? [],
    weight: found.targetServiceRevision?.requestedProductionTrafficWeight ?? 0,
    waiting: (found.lifecycleHookDetails ?? [])
      .filter((hook) => hook.targetType === "PAUSE" && hook.status === "AWAITING_ACTION")
      .map((hook) => ({
        id: hook.hookId ?? "",
        expiresAt: hook.expiresAt?.getTime(),
        timeoutAction: hook.timeoutAction ?? "ROLLBACK",
      })),
    target: found.targetServiceRevision?.arn ?? "",
    sources: (found.sourceServiceRevisions ?? []).map((source) => ({
      arn: source.arn ?? "",
      weight: source.requestedProductionTrafficWeight ?? 0,
    })),
    configuration: found.deploymentConfiguration ?? {},
  };
}

/** Asks ECS to stop a deployment and bring the previous revision back. Sending it twice is harmless. */
export async function stopServiceDeployment(caller: Caller, arn: string): Promise<void> {
  await ask(caller, "ecs:StopServiceDeployment", (options) =>
    caller.client.send(
      new StopServiceDeploymentCommand({ serviceDeploymentArn: arn, stopType: "ROLLBACK" }),
      options,
    ),
  );
}

/** Lets a deployment go on from a hook that waits; after a lost answer the hook is looked at before it is told again. */
export async function continueServiceDeployment(caller: Caller, arn: string, hook: string): Promise<void> {
  await caller.session.write(
    {
      permission: "ecs:ContinueServiceDeployment",
      async send(abortSignal) {
        const command = new ContinueServiceDeploymentCommand({
          serviceDeploymentArn: arn,
          hookId: hook,
          action: "CONTINUE",
        });
        await caller.client.send(command, { abortSignal });
        return true;
      },
      async readBack() {
        const state = await describeServiceDeployment(caller, arn);
        return state?.waiting.every(({ id }) => id !== hook) ? true : undefined;
      },
    },
    caller.options,
  );
}
