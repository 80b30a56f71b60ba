import type { JsonObject } from "../service.ts";
import type { CodeDeployContext } from "./context.ts";
import { faults, read } from "./faults.ts";
import type { Application, Deployment, DeploymentGroup } from "./model.ts";

/** True until a deployment has ended; a group may have one such deployment only. */
export const isActive = ({ status }: Deployment) => !["Succeeded", "Failed", "Stopped"].includes(status);

/** @throws ApplicationNameRequiredException or ApplicationDoesNotExistException */
export function applicationOf(context: CodeDeployContext, input: JsonObject): Application {
  const name = read.text(input, "applicationName");
  if (!name) throw faults.applicationNameRequired();
  const application = context.applications.get(name);
  if (!application) throw faults.noApplication(name);
  return application;
}

/** @throws the same, DeploymentGroupNameRequiredException or DeploymentGroupDoesNotExistException */
export function groupOf(context: CodeDeployContext, input: JsonObject): DeploymentGroup {
  const application = applicationOf(context, input);
  const name = read.text(input, "deploymentGroupName");
  if (!name) throw faults.groupNameRequired();
  const group = application.groups.get(name);
  if (!group) throw faults.noGroup(name);
  return group;
}

/** @throws DeploymentIdRequiredException or DeploymentDoesNotExistException */
export function deploymentOf(context: CodeDeployContext, input: JsonObject): Deployment {
  const id = read.text(input, "deploymentId");
  if (!id) throw faults.deploymentIdRequired();
  const deployment = context.deployments.get(id);
  if (!deployment) throw faults.noDeployment(id);
  return deployment;
}
