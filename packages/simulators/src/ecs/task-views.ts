import type { JsonObject } from "../service.ts";
import { taskHealth } from "./container-health.ts";
import { date, numeric, object, objects, present, text } from "./input.ts";
import type { Task, TaskContainer } from "./model.ts";

function containerView(task: Task, container: TaskContainer): JsonObject {
  const bound = (objects(container.definition, "portMappings") ?? []).flatMap((mapping) => {
    const containerPort = numeric(mapping, "containerPort");
    const endpoint = containerPort === undefined ? undefined : container.running?.endpoint(containerPort);
    return endpoint && task.networkConfiguration === undefined
      ? [
          {
            bindIP: "0.0.0.0",
            containerPort,
            hostPort: endpoint.port,
            protocol: text(mapping, "protocol") ?? "tcp",
          },
        ]
      : [];
  });
  return present({
    containerArn: container.arn,
    taskArn: task.arn,
    name: container.name,
    image: container.image,
    lastStatus: container.lastStatus,
    exitCode: container.exitCode,
    reason: container.reason,
    networkBindings: bound,
    networkInterfaces: task.networkConfiguration
      ? [{ attachmentId: task.attachmentId, privateIpv4Address: address(task) }]
      : [],
    healthStatus: container.health,
    cpu: String(numeric(container.definition, "cpu") ?? 0),
    memory: numeric(container.definition, "memory")?.toString(),
    memoryReservation: numeric(container.definition, "memoryReservation")?.toString(),
  });
}

/** The address targets know the task by, else an address of its subnet. */
const address = (task: Task) => task.registrations[0]?.endpoint.host ?? task.address;

const attachmentStatus = (task: Task) =>
  task.lastStatus === "PROVISIONING" ? "PRECREATED" : task.lastStatus === "STOPPED" ? "DELETED" : "ATTACHED";

function attachments(task: Task): JsonObject[] {
  const network = object(task.networkConfiguration ?? {}, "awsvpcConfiguration");
  if (!network) return [];
  const subnets = network["subnets"];
  const subnet: unknown = Array.isArray(subnets) ? subnets[0] : undefined;
  return [
    {
      id: task.attachmentId,
      type: "ElasticNetworkInterface",
      status: attachmentStatus(task),
      details: [
        { name: "subnetId", value: typeof subnet === "string" ? subnet : "" },
        { name: "networkInterfaceId", value: `eni-${task.id.slice(0, 17)}` },
        { name: "macAddress", value: "0a:58:a9:fe:ac:02" },
        { name: "privateIPv4Address", value: address(task) },
      ],
    },
  ];
}

/** A task as DescribeTasks answers it. */
export function taskView(task: Task, include: readonly string[] = ["TAGS"]): JsonObject {
  const { body } = task.definition;
  return present({
    attachments: attachments(task),
    attributes: [{ name: "ecs.cpu-architecture", value: "x86_64" }],
    availabilityZone: task.availabilityZone,
    capacityProviderName: task.capacityProviderName,
    clusterArn: task.cluster.arn,
    connectivity: task.connectivityAt === undefined ? undefined : "CONNECTED",
    connectivityAt: date(task.connectivityAt),
    containers: task.containers.map((container) => containerView(task, container)),
    cpu: text(task.overrides, "cpu") ?? text(body, "cpu"),
    createdAt: date(task.createdAt),
    desiredStatus: task.desiredStatus,
    enableExecuteCommand: task.enableExecuteCommand,
    executionStoppedAt: date(task.executionStoppedAt),
    group: task.group,
    healthStatus: taskHealth(task),
    lastStatus: task.lastStatus,
    launchType: task.launchType,
    memory: text(task.overrides, "memory") ?? text(body, "memory"),
    overrides: { containerOverrides: [], inferenceAcceleratorOverrides: [], ...task.overrides },
    platformVersion: task.platformVersion,
    platformFamily: task.platformVersion === undefined ? undefined : "Linux",
    pullStartedAt: date(task.pullStartedAt),
    pullStoppedAt: date(task.pullStoppedAt),
    startedAt: date(task.startedAt),
    startedBy: task.startedBy,
    stopCode: task.stopCode,
    stoppedAt: date(task.stoppedAt),
    stoppedReason: task.stoppedReason,
    stoppingAt: date(task.stoppingAt),
    tags: include.includes("TAGS") ? task.tags : [],
    taskArn: task.arn,
    taskDefinitionArn: task.definition.arn,
    version: task.version,
    ephemeralStorage:
      task.launchType === "FARGATE" ? (object(body, "ephemeralStorage") ?? { sizeInGiB: 20 }) : undefined,
  });
}
