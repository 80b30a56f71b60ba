import type { Fields } from "./schema.ts";

/**
 * What Amazon ECS fills in for members that were left out, by structure (API reference of each type). A value that is
 * its structure's default says no more than its absence.
 */
export const defaults: Readonly<Record<string, Fields>> = {
  RegisterTaskDefinitionRequest: { networkMode: "bridge" },
  ContainerDefinition: { cpu: 0, essential: true, versionConsistency: "enabled" },
  ContainerRestartPolicy: { restartAttemptPeriod: 300 },
  DockerVolumeConfiguration: { scope: "task", driver: "local" },
  EFSVolumeConfiguration: { rootDirectory: "/", transitEncryption: "DISABLED" },
  EFSAuthorizationConfig: { iam: "DISABLED" },
  HealthCheck: { interval: 30, timeout: 5, retries: 3, startPeriod: 0 },
  KeyValuePair: { value: "" },
  PortMapping: { protocol: "tcp", hostPort: 0 },
  S3FilesVolumeConfiguration: { rootDirectory: "/" },
  Tag: { value: "" },
};

/** Defaults of tasks on AWS Fargate; on instances, a platform that is named also chooses among them. */
export const fargatePlatform: Fields = { cpuArchitecture: "X86_64", operatingSystemFamily: "LINUX" };

/**
 * Lists that are sets to Amazon ECS, which may answer them in another order, with the members that tell their items
 * apart. Lists of plain words have none. Where the order counts (`command`, `environmentFiles`, `dnsServers`,
 * `extraHosts`, mount options) nothing is sorted.
 */
export const unordered: Readonly<Record<string, readonly string[]>> = {
  containerDefinitions: ["name"],
  dependsOn: ["containerName", "condition"],
  devices: ["hostPath", "containerPath"],
  environment: ["name"],
  ignoredExitCodes: [],
  inferenceAccelerators: ["deviceName"],
  mountPoints: ["containerPath", "sourceVolume"],
  placementConstraints: ["type", "expression"],
  portMappings: ["containerPort", "containerPortRange", "protocol", "hostPort"],
  properties: ["name"],
  requiresCompatibilities: [],
  resourceRequirements: ["type", "value"],
  secretOptions: ["name"],
  secrets: ["name"],
  systemControls: ["namespace"],
  tags: ["key"],
  ulimits: ["name"],
  volumes: ["name"],
  volumesFrom: ["sourceContainer"],
};
