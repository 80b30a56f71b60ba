import { GetDeploymentGroupCommand, type LastDeploymentInfo } from "@aws-sdk/client-codedeploy";
import { isShipError, ShipError } from "#ship/kit";
import { askCodeDeploy, type CodeDeployCaller } from "./caller.ts";

/** A deployment group by its application. */
export interface GroupName {
  readonly application: string;
  readonly group: string;
}

/** A deployment that was there at some moment; what is newer than it came later. */
export interface Attempt {
  readonly id: string;
  /** Creation time in the service's own time, milliseconds since the epoch. */
  readonly at: number;
}

/** What a deployment needs to know of its group. Waits are milliseconds. */
export interface DeploymentGroup {
  /** How long a deployment waits for ContinueDeployment before any traffic moves; 0 when traffic moves by itself. */
  readonly readyWait: number;
  /** How long the original tasks are kept once all traffic has moved; 0 when they are not waited for. */
  readonly terminationWait: number;
  /** Events upon which CodeDeploy rolls back by itself. */
  readonly rollbackEvents: readonly string[];
  /** The newest deployment, whatever became of it; absent when there was none. */
  readonly lastAttempt: Attempt | undefined;
  readonly services: readonly { readonly cluster: string; readonly service: string }[];
}

const minute = 60_000;

/** Reads a deployment group. @throws ShipError `NOT_FOUND` naming what was looked for, in CodeDeploy's words */
export async function getDeploymentGroup(
  caller: CodeDeployCaller,
  { application, group }: GroupName,
): Promise<DeploymentGroup> {
  const answer = await askCodeDeploy(caller, "GetDeploymentGroup", (options) =>
    caller.client.send(
      new GetDeploymentGroupCommand({ applicationName: application, deploymentGroupName: group }),
      options,
    ),
  ).catch((error: unknown) => {
    if (!isShipError(error) || error.code !== "NOT_FOUND") throw error;
    throw new ShipError(
      "NOT_FOUND",
      `There is no deployment group ${group} of the application ${application}: ${error.message}`,
      {
        cause: error,
        hint: "Name them in `codedeploy-application` and `codedeploy-deployment-group`; without these the names that the ECS console gives are taken.",
      },
    );
  });
  const info = answer.deploymentGroupInfo ?? {};
  const { deploymentReadyOption: ready, terminateBlueInstancesOnDeploymentSuccess: termination } =
    info.blueGreenDeploymentConfiguration ?? {};
  const rollback = info.autoRollbackConfiguration;
  return {
    // What is not set waits for nothing; it is no number either.
    readyWait: ready?.actionOnTimeout === "STOP_DEPLOYMENT" ? (ready.waitTimeInMinutes ?? 0) * minute : 0,
    terminationWait:
      termination?.action === "KEEP_ALIVE" ? 0 : (termination?.terminationWaitTimeInMinutes ?? 0) * minute,
    rollbackEvents: rollback?.enabled === true ? (rollback.events ?? []) : [],
    lastAttempt: attemptOf(info.lastAttemptedDeployment),
    services: (info.ecsServices ?? []).map(({ clusterName, serviceName }) => ({
      cluster: clusterName ?? "",
      service: serviceName ?? "",
    })),
  };
}

function attemptOf(last: LastDeploymentInfo | undefined): Attempt | undefined {
  return last?.deploymentId ? { id: last.deploymentId, at: last.createTime?.getTime() ?? 0 } : undefined;
}
