import { ServiceFault } from "../service.ts";

/** Errors of Amazon ECS in its own words. */

export const clusterNotFound = () => new ServiceFault("ClusterNotFoundException", "Cluster not found.");
export const serviceNotFound = () => new ServiceFault("ServiceNotFoundException", "Service not found.");
export const serviceNotActive = () =>
  new ServiceFault("ServiceNotActiveException", "Service was not ACTIVE.");
export const deploymentNotFound = (arn: string) =>
  new ServiceFault("ServiceDeploymentNotFoundException", `Service deployment ${arn} was not found.`);
export const taskDefinitionInactive = () => new ServiceFault("ClientException", "TaskDefinition is inactive");
export const taskDefinitionUnknown = () =>
  new ServiceFault("ClientException", "Unable to describe task definition.");
export const invalid = (message: string) => new ServiceFault("InvalidParameterException", message);
export const client = (message: string) => new ServiceFault("ClientException", message);
export const conflict = (message: string) => new ServiceFault("ConflictException", message);
export const unsupported = (message: string) => new ServiceFault("UnsupportedFeatureException", message);
