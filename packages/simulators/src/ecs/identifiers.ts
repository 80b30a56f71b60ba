import { randomBytes, randomInt, randomUUID } from "node:crypto";

/** Makes the identifiers and ARNs of one account and region. */
export interface Identifiers {
  cluster(name: string): string;
  service(cluster: string, name: string): string;
  taskDefinition(family: string, revision: number): string;
  task(cluster: string, id: string): string;
  container(cluster: string, taskId: string): string;
  serviceDeployment(cluster: string, service: string): string;
  /** `deploymentId` is the number of `ecs-svc/<number>`: both share it. */
  serviceRevision(cluster: string, service: string, deploymentId: string): string;
  readonly root: string;
  role(name: string): string;
}

export function identifiersOf(region: string, accountId: string): Identifiers {
  const partition = region.startsWith("cn-") ? "aws-cn" : region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
  const ecs = `arn:${partition}:ecs:${region}:${accountId}`;
  return {
    cluster: (name) => `${ecs}:cluster/${name}`,
    service: (cluster, name) => `${ecs}:service/${cluster}/${name}`,
    taskDefinition: (family, revision) => `${ecs}:task-definition/${family}:${revision}`,
    task: (cluster, id) => `${ecs}:task/${cluster}/${id}`,
    container: (cluster, taskId) => `${ecs}:container/${cluster}/${taskId}/${randomUUID()}`,
    serviceDeployment: (cluster, service) =>
      `${ecs}:service-deployment/${cluster}/${service}/${randomBytes(16).toString("base64url").slice(0, 21)}`,
    serviceRevision: (cluster, service, deploymentId) =>
      `${ecs}:service-revision/${cluster}/${service}/${deploymentId.replace("ecs-svc/", "")}`,
    root: `arn:${partition}:iam::${accountId}:root`,
    role: (name) => `arn:${partition}:iam::${accountId}:role/${name}`,
  };
}

/** 32 hexadecimal digits. */
export const taskId = () => randomUUID().replaceAll("-", "");

/** `ecs-svc/` and 19 digits. */
export const deploymentId = () =>
  `ecs-svc/${randomInt(1_000_000_000, 9_999_999_999)}${String(randomInt(0, 1_000_000_000)).padStart(9, "0")}`;

/** The last path segment of an ARN; a plain name stays itself. */
export const lastSegment = (nameOrArn: string) => nameOrArn.slice(nameOrArn.lastIndexOf("/") + 1);
