import { GetDeploymentGroupCommand } from "@aws-sdk/client-codedeploy";
import { isShipError, ShipError } from "#ship/kit";
import { askCodeDeploy, type CodeDeployCaller } from "./caller.ts";

/** A deployment group by its application. */
export interface GroupName {
  readonly application: string;
  readonly group: string;
}

/** What a deployment needs to know of its group. Waits are milliseconds. */
export interface DeploymentGroup {
  /** How long a deployment waits for ContinueDeployment before any traffic moves; 0 when traffic moves by itself. */
  readonly readyWait: number;
  /** How long the original tasks are kept once all traffic has moved; 0 when they are not waited for. */
  readonly terminationWait: number;
  /** Events upon which CodeDeploy rolls back by itself. */
  readonly rollbackEvents: readonly string[];
  /** Creation time of the last deployment, in the service's own time; absent when there was none. */
  readonly lastAttempt: number | undefined;
  readonly services: readonly { readonly cluster: string; readonly service: string }[];
}

const minute = 60_000;

/** Reads a deployment group. @throws ShipError `NOT_FOUND` in CodeDeploy's words */
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
    throw new ShipError("NOT_FOUND", error.message, {
      cause: error,
      hint: "Name them in `codedeploy-application` and `codedeploy-deployment-group`; without these the names that the ECS console gives are taken.",
    });
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
    lastAttempt: info.lastAttemptedDeployment?.createTime?.getTime(),
    services: (info.ecsServices ?? []).map(({ clusterName, serviceName }) => ({
      cluster: clusterName ?? "",
      service: serviceName ?? "",
    })),
  };
}
