import type { JsonObject } from "../service.ts";
import type { CodeDeployContext } from "./context.ts";
import { faults, read } from "./faults.ts";
import type { Application, Deployment, DeploymentGroup } from "./model.ts";

/** True until a deployment has ended; a group may have one such deployment only. */
export const isActive = ({ status }: Deployment) => !["Succeeded", "Failed", "Stopped"].includes(status);

/** Longest name of an application or a group, in characters (API reference, ApplicationName). */
const longestName = 100;

/** @throws ApplicationNameRequiredException or InvalidApplicationNameException */
export function applicationNameIn(input: JsonObject): string {
  const name = read.text(input, "applicationName");
  if (!name) throw faults.applicationNameRequired();
  if (name.length > longestName) throw faults.invalidApplicationName(name);
  return name;
}

/** @throws DeploymentGroupNameRequiredException or InvalidDeploymentGroupNameException */
export function groupNameIn(input: JsonObject): string {
  const name = read.text(input, "deploymentGroupName");
  if (!name) throw faults.groupNameRequired();
  if (name.length > longestName) throw faults.invalidGroupName(name);
  return name;
}

/** @throws the same, or ApplicationDoesNotExistException */
export function applicationOf(context: CodeDeployContext, input: JsonObject): Application {
  const name = applicationNameIn(input);
  const application = context.applications.get(name);
  if (!application) throw faults.noApplication(name);
  return application;
}

/** @throws all of these, or DeploymentGroupDoesNotExistException */
export function groupOf(context: CodeDeployContext, input: JsonObject): DeploymentGroup {
  const application = applicationOf(context, input);
  const name = groupNameIn(input);
  const group = application.groups.get(name);
  if (!group) throw faults.noGroup(name);
  return group;
}

/** @throws DeploymentIdRequiredException, InvalidDeploymentIdException or DeploymentDoesNotExistException */
export function deploymentOf(context: CodeDeployContext, input: JsonObject): Deployment {
  const id = read.text(input, "deploymentId");
  if (!id) throw faults.deploymentIdRequired();
  if (!/^d-[A-Z0-9]{9}$/.test(id)) throw faults.invalidDeploymentId(id);
  const deployment = context.deployments.get(id);
  if (!deployment) throw faults.noDeployment(id);
  return deployment;
}
