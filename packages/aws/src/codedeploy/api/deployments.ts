import {
  type AutoRollbackEvent,
  ContinueDeploymentCommand,
  CreateDeploymentCommand,
  type DeploymentInfo,
  type DeploymentStatus,
  GetDeploymentCommand,
  ListDeploymentsCommand,
  StopDeploymentCommand,
} from "@aws-sdk/client-codedeploy";
import { isShipError, type Log, messageOf } from "#ship/kit";
import { everyPage } from "../../ecs/api/caller.ts";
import { isClosed, isForeign, readFailure } from "../../errors.ts";
import { type Revision, sha256Of } from "../app-spec.ts";
import { askCodeDeploy, type CodeDeployCaller } from "./caller.ts";
import { type Attempt, type GroupName, getDeploymentGroup } from "./deployment-groups.ts";

/** A deployment as CodeDeploy answers it. Times are milliseconds since the epoch. */
export interface CodeDeployment {
  readonly id: string;
  /** `Created`, `Queued`, `InProgress`, `Baking`, `Ready`, `Succeeded`, `Failed`, `Stopped`, or a word of a later API. */
  readonly status: string;
  /** It never moves again. */
  readonly isOver: boolean;
  readonly error: { readonly code: string; readonly message: string } | undefined;
  readonly createdAt: number;
  /** `codeDeployRollback` for a rollback. */
  readonly creator: string;
  readonly description: string;
  /** Name of its deployment configuration; empty where it is not told. */
  readonly configuration: string;
  /** Of its AppSpec; both absent for revisions that lie elsewhere. */
  readonly sha256: string | undefined;
  readonly content: string | undefined;
  /** Id of the deployment that rolls this one back. */
  readonly rollback: string | undefined;
  /** Id of the deployment that this one rolls back. */
  readonly rollsBack: string | undefined;
  /** All traffic has moved, and the original tasks are still kept. */
  readonly keepsOriginal: boolean;
}

/** Statuses of deployments that still move. */
export const activeStatuses: readonly DeploymentStatus[] = [
  "Created",
  "Queued",
  "InProgress",
  "Baking",
  "Ready",
];
const over = new Set(["Succeeded", "Failed", "Stopped"]);

function read(info: DeploymentInfo): CodeDeployment {
  const { revision, errorInformation: error } = info;
  const status = info.status ?? "Created";
  const spec = revision?.appSpecContent ?? revision?.string;
  return {
    id: info.deploymentId ?? "",
    status,
    isOver: over.has(status),
    error: error && { code: error.code ?? "", message: error.message ?? "" },
    createdAt: info.createTime?.getTime() ?? 0,
    creator: info.creator ?? "user",
    description: info.description ?? "",
    configuration: info.deploymentConfigName ?? "",
    sha256: spec?.sha256 ?? (spec?.content === undefined ? undefined : sha256Of(spec.content)),
    content: spec?.content,
    rollback: info.rollbackInfo?.rollbackDeploymentId || undefined,
    rollsBack: info.rollbackInfo?.rollbackTriggeringDeploymentId || undefined,
    keepsOriginal: info.instanceTerminationWaitTimeStarted === true,
  };
}

/** Reads one deployment. @throws ShipError `NOT_FOUND` */
export async function getDeployment(caller: CodeDeployCaller, id: string): Promise<CodeDeployment> {
  const answer = await askCodeDeploy(caller, "GetDeployment", (options) =>
    caller.client.send(new GetDeploymentCommand({ deploymentId: id }), options),
  );
  return read({ deploymentId: id, ...answer.deploymentInfo });
}

/** Which deployments of a group are looked for. */
type Wanted = { readonly active: true } | { readonly since: Attempt | undefined };

/**
 * Deployments of a group, the newest first: those that still move, or those that came after one. Where the list is closed
 * to this job, the group itself names its newest deployment, which is the one that moves, if any does.
 */
export async function listDeployments(
  caller: CodeDeployCaller,
  name: GroupName,
  wanted: Wanted,
): Promise<CodeDeployment[]> {
  const found: CodeDeployment[] = [];
  for (const id of await idsOf(caller, name, wanted)) found.push(await getDeployment(caller, id));
  return found
    .filter((deployment) => ("active" in wanted ? !deployment.isOver : isAfter(deployment, wanted.since)))
    .sort((one, other) => other.createdAt - one.createdAt);
}

/** Endpoints that tell whole seconds may give both the same time. */
const isAfter = ({ id, createdAt }: CodeDeployment, since: Attempt | undefined) =>
  since === undefined || (id !== since.id && createdAt >= since.at);

async function idsOf(caller: CodeDeployCaller, name: GroupName, wanted: Wanted): Promise<readonly string[]> {
  try {
    return await listedIds(caller, name, wanted);
  } catch (error) {
    if (!isClosed(error) && !isForeign(error)) throw error;
    sayClosed(caller.session.log, error);
    const { lastAttempt } = await getDeploymentGroup(caller, name);
    if (!lastAttempt) return [];
    const { rollsBack } = await getDeployment(caller, lastAttempt.id);
    return rollsBack === undefined || "active" in wanted ? [lastAttempt.id] : [lastAttempt.id, rollsBack];
  }
}

async function listedIds(
  caller: CodeDeployCaller,
  { application, group }: GroupName,
  wanted: Wanted,
): Promise<readonly string[]> {
  const filter =
    "active" in wanted
      ? { includeOnlyStatuses: [...activeStatuses] }
      : { createTimeRange: { start: new Date(wanted.since?.at ?? 0) } };
  return everyPage(async (nextToken) => {
    const answer = await askCodeDeploy(caller, "ListDeployments", (options) =>
      caller.client.send(
        new ListDeploymentsCommand({
          applicationName: application,
          deploymentGroupName: group,
          ...filter,
          ...(nextToken === undefined ? {} : { nextToken }),
        }),
        options,
      ),
    );
    return { items: answer.deployments ?? [], nextToken: answer.nextToken };
  });
}

const told = new WeakSet<Log>();

function sayClosed(log: Log, error: Error): void {
  if (told.has(log)) return;
  told.add(log);
  log.warning(
    `Deployments cannot be listed (${messageOf(error)}); the group's last deployment alone is looked at.`,
  );
}

/** What to deploy, and how. */
export interface DeploymentOrder {
  readonly name: GroupName;
  readonly revision: Revision;
  readonly description: string;
  /** The group's own when absent. */
  readonly configuration: string | undefined;
  /** Events upon which CodeDeploy shall roll back by itself; the group's own when empty. */
  readonly rollbackEvents: readonly string[];
  /** The group's last deployment before this one. */
  readonly after: Attempt | undefined;
}

/**
 * Creates a deployment; answers its id. CreateDeployment takes no client token, so after a lost answer the deployment is
 * looked for by its AppSpec before it is created again.
 */
export function createDeployment(caller: CodeDeployCaller, order: DeploymentOrder): Promise<string> {
  const { name, revision, rollbackEvents } = order;
  return caller.session.write(
    {
      permission: "codedeploy:CreateDeployment",
      async send(abortSignal) {
        const command = new CreateDeploymentCommand({
          applicationName: name.application,
          deploymentGroupName: name.group,
          revision: { revisionType: "AppSpecContent", appSpecContent: { ...revision } },
          ...(order.description !== "" && { description: order.description }),
          ...(order.configuration !== undefined && { deploymentConfigName: order.configuration }),
          ...(rollbackEvents.length > 0 && {
            autoRollbackConfiguration: { enabled: true, events: [...rollbackEvents] as AutoRollbackEvent[] },
          }),
        });
        const answer = await caller.client.send(command, { abortSignal });
        return answer.deploymentId ?? "";
      },
      readBack: async () => (await findDeployment(caller, order))?.id,
    },
    caller.options,
  );
}

/** The deployment that an order has become, if it has: of the same AppSpec, by a user, and newer than what was there. */
export async function findDeployment(
  caller: CodeDeployCaller,
  { name, revision, after }: Pick<DeploymentOrder, "name" | "revision" | "after">,
): Promise<CodeDeployment | undefined> {
  const found = await listDeployments(caller, name, { since: after });
  return found.find(({ sha256, creator }) => sha256 === revision.sha256 && creator === "user");
}

/** Stops a deployment, with or without a rollback. Answers false when it had ended before. Sending it again is harmless. */
export async function stopDeployment(
  caller: CodeDeployCaller,
  id: string,
  rollback: "roll-back" | "leave",
): Promise<boolean> {
  try {
    await askCodeDeploy(caller, "StopDeployment", (options) =>
      caller.client.send(
        new StopDeploymentCommand({ deploymentId: id, autoRollbackEnabled: rollback === "roll-back" }),
        options,
      ),
    );
    return true;
  } catch (error) {
    if (codeOf(error) === "DeploymentAlreadyCompletedException") return false;
    throw error;
  }
}

/** Lets a deployment that waits in Ready move its traffic. One that does not wait any more is left alone. */
export async function continueDeployment(caller: CodeDeployCaller, id: string): Promise<void> {
  await askCodeDeploy(caller, "ContinueDeployment", (options) =>
    caller.client.send(
      new ContinueDeploymentCommand({ deploymentId: id, deploymentWaitType: "READY_WAIT" }),
      options,
    ),
  ).catch((error: unknown) => {
    const code = codeOf(error);
    if (code !== "DeploymentIsNotInReadyStateException" && code !== "DeploymentAlreadyCompletedException")
      throw error;
  });
}

/** CodeDeploy's code behind an error of a call. */
export function codeOf(error: unknown): string | undefined {
  return isShipError(error) && error.cause !== undefined ? readFailure(error.cause).code : undefined;
}
