import { GetDeploymentConfigCommand } from "@aws-sdk/client-codedeploy";
import { isShipError, ShipError } from "#ship/kit";
import { isClosed } from "../../errors.ts";
import { askCodeDeploy, type CodeDeployCaller } from "./caller.ts";

/**
 * Checks that a deployment configuration is there and moves the traffic of Amazon ECS services, before anything is written.
 * Where it may not be read, CodeDeploy is left to judge.
 * @throws ShipError `INPUT_INVALID`
 */
export async function checkConfiguration(caller: CodeDeployCaller, name: string): Promise<void> {
  const platform = await askCodeDeploy(caller, "GetDeploymentConfig", (options) =>
    caller.client.send(new GetDeploymentConfigCommand({ deploymentConfigName: name }), options),
  ).then(
    ({ deploymentConfigInfo }) => deploymentConfigInfo?.computePlatform ?? "ECS",
    (error: unknown) => {
      if (isClosed(error)) return "ECS";
      throw isShipError(error) && error.code === "NOT_FOUND" ? refused(name, error.message, error) : error;
    },
  );
  if (platform !== "ECS") throw refused(name, `It is for the compute platform ${platform}.`);
}

function refused(name: string, why: string, cause?: unknown): ShipError {
  return new ShipError(
    "INPUT_INVALID",
    `codedeploy-deployment-config is "${name}", which cannot deploy an Amazon ECS service: ${why}`,
    {
      ...(cause !== undefined && { cause }),
      hint: "Name one for Amazon ECS, such as CodeDeployDefault.ECSAllAtOnce, or leave it out for the group's own.",
    },
  );
}
