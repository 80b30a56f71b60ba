import type { Handler, JsonObject } from "../service.ts";
import type { EcsContext } from "./context.ts";
import { deploymentConfiguration } from "./deployments/configuration.ts";
import { isOver, startDeployment } from "./deployments/start.ts";
import { invalid, serviceNotActive, serviceNotFound, unsupported } from "./faults.ts";
import { lastSegment } from "./identifiers.ts";
import { flag, numeric, object, objects, present, requiredText, text, texts } from "./input.ts";
import type { Service } from "./model.ts";
import { pageOf } from "./pages.ts";
import { serviceSettings, startsDeployment } from "./service-settings.ts";
import { serviceView } from "./service-views.ts";
import { findCluster, findService, lookUpService } from "./state.ts";
import { tagsOf } from "./tags.ts";
import { startFirstTaskSet, taskSetMembers } from "./task-sets.ts";

/** A service as the API answers it, whoever its controller is. */
function shown(ecs: EcsContext, service: Service, include?: readonly string[]): JsonObject {
  return present({ ...serviceView(ecs, service, include), ...taskSetMembers(ecs, service) });
}

/** Deployments of one service that may be under way at a time. */
const MOST_DEPLOYMENTS = 5;

function desiredCountOf(input: JsonObject): number | undefined {
  const count = numeric(input, "desiredCount");
  if (count !== undefined && (count < 0 || !Number.isInteger(count))) {
    throw invalid(`desiredCount is ${count}; it must be a whole number, 0 or more.`);
  }
  return count;
}

function controllerOf(input: JsonObject): Service["controller"] {
  const type = text(object(input, "deploymentController") ?? {}, "type") ?? "ECS";
  if (type === "ECS" || type === "CODE_DEPLOY" || type === "EXTERNAL") return type;
  throw invalid(`deploymentController.type is ${type}; it must be ECS, CODE_DEPLOY or EXTERNAL.`);
}

function create(ecs: EcsContext): Handler {
  const answered = new Map<string, Service>();
  return (input) => {
    const cluster = findCluster(ecs.state, text(input, "cluster"));
    const name = requiredText(input, "serviceName");
    if (!/^[A-Za-z0-9_-]{1,255}$/.test(name)) {
      throw invalid("Invalid service name. Use up to 255 letters, numbers, hyphens and underscores.");
    }
    const token = text(input, "clientToken");
    const before = token === undefined ? undefined : answered.get(`${cluster.arn} ${token}`);
    if (before) return { service: shown(ecs, before) };
    const existing = lookUpService(ecs.state, cluster, name);
    if (existing && existing.status !== "INACTIVE") {
      throw invalid(
        existing.status === "DRAINING"
          ? "Unable to Start a service that is still Draining."
          : "Creation of service was not idempotent.",
      );
    }
    if ((text(input, "schedulingStrategy") ?? "REPLICA") !== "REPLICA") {
      throw unsupported(
        "Only the REPLICA scheduling strategy is simulated: there are no container instances for DAEMON.",
      );
    }
    const desiredCount = desiredCountOf(input);
    if (desiredCount === undefined)
      throw invalid("Desired count can not be blank when scheduling strategy is REPLICA.");
    const controller = controllerOf(input);
    if (controller === "EXTERNAL")
      throw unsupported("The EXTERNAL deployment controller is not simulated: use ECS.");
    const configuration = deploymentConfiguration(object(input, "deploymentConfiguration"));
    const grace = numeric(input, "healthCheckGracePeriodSeconds");
    const service: Service = {
      arn: ecs.arns.service(cluster.name, name),
      name,
      cluster,
      status: "ACTIVE",
      desiredCount,
      settings: serviceSettings(ecs, cluster, input, configuration.strategy),
      configuration,
      deployments: [],
      serviceDeployments: [],
      revisions: [],
      events: [],
      createdAt: ecs.clock.now(),
      createdBy: ecs.arns.root,
      controller,
      explicitController: object(input, "deploymentController") !== undefined,
      placementConstraints: objects(input, "placementConstraints") ?? [],
      placementStrategy: objects(input, "placementStrategy") ?? [],
      propagateTags: text(input, "propagateTags") ?? "NONE",
      enableECSManagedTags: flag(input, "enableECSManagedTags") ?? false,
      enableExecuteCommand: flag(input, "enableExecuteCommand") ?? false,
      availabilityZoneRebalancing: text(input, "availabilityZoneRebalancing") ?? "ENABLED",
      tags: tagsOf(input),
      ...(grace === undefined ? {} : { healthCheckGracePeriodSeconds: grace }),
    };
    ecs.state.services.set(service.arn, service);
    if (controller === "CODE_DEPLOY") startFirstTaskSet(ecs, service);
    else startDeployment(ecs, service);
    if (token !== undefined) answered.set(`${cluster.arn} ${token}`, service);
    return { service: shown(ecs, service) };
  };
}

/** What UpdateService may change of a service that CodeDeploy deploys (API reference, UpdateService). */
const besideCodeDeploy = new Set([
  "cluster",
  "service",
  "desiredCount",
  "deploymentConfiguration",
  "healthCheckGracePeriodSeconds",
  "placementConstraints",
  "placementStrategy",
  "enableECSManagedTags",
  "propagateTags",
  "forceNewDeployment",
]);

/** `taskDefinition` as `task definition`. */
const spoken = (member: string) => member.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** What CodeDeploy owns: UpdateService must not touch it. */
function checkController(service: Service, input: JsonObject): void {
  if (service.controller !== "CODE_DEPLOY") return;
  const touched = Object.keys(input).find(
    (key) => !besideCodeDeploy.has(key) && input[key] !== undefined && input[key] !== null,
  );
  if (touched !== undefined) {
    throw invalid(
      `Unable to update ${spoken(touched)} on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.`,
    );
  }
  if (flag(input, "forceNewDeployment")) {
    throw invalid(
      "Cannot force a new deployment on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.",
    );
  }
}

function update(ecs: EcsContext): Handler {
  return (input) => {
    const cluster = findCluster(ecs.state, text(input, "cluster"));
    const service = findService(ecs.state, cluster, requiredText(input, "service"));
    if (service.status !== "ACTIVE") throw serviceNotActive();
    checkController(service, input);
    const desiredCount = desiredCountOf(input) ?? service.desiredCount;
    const given = object(input, "deploymentConfiguration");
    const configuration = given
      ? deploymentConfiguration(given, service.configuration)
      : service.configuration;
    const settings = serviceSettings(ecs, cluster, input, configuration.strategy, service.settings);
    const deploys =
      (flag(input, "forceNewDeployment") ?? false) || startsDeployment(service.settings, settings);
    const inFlight = service.deployments.filter(({ rolloutState }) => rolloutState !== "COMPLETED").length;
    if (deploys && inFlight >= MOST_DEPLOYMENTS) {
      throw invalid(
        `The service has ${inFlight} deployments under way; wait until fewer than ${MOST_DEPLOYMENTS} are left.`,
      );
    }

    service.desiredCount = desiredCount;
    service.configuration = configuration;
    service.settings = settings;
    service.healthCheckGracePeriodSeconds =
      numeric(input, "healthCheckGracePeriodSeconds") ?? service.healthCheckGracePeriodSeconds ?? 0;
    service.placementConstraints = objects(input, "placementConstraints") ?? service.placementConstraints;
    service.placementStrategy = objects(input, "placementStrategy") ?? service.placementStrategy;
    service.propagateTags = text(input, "propagateTags") ?? service.propagateTags;
    service.enableECSManagedTags = flag(input, "enableECSManagedTags") ?? service.enableECSManagedTags;
    service.enableExecuteCommand = flag(input, "enableExecuteCommand") ?? service.enableExecuteCommand;
    service.availabilityZoneRebalancing =
      text(input, "availabilityZoneRebalancing") ?? service.availabilityZoneRebalancing;
    if (deploys) startDeployment(ecs, service);
    else keepPrimaryInStep(service);
    return { service: shown(ecs, service) };
  };
}

/** The answer of UpdateService shows the new desired count on the primary deployment at once. */
function keepPrimaryInStep(service: Service): void {
  const [primary] = service.deployments;
  const current = service.serviceDeployments[0];
  const shifting = current && !isOver(current) && current.configuration.strategy !== "ROLLING";
  if (primary && !shifting) primary.desiredCount = service.desiredCount;
}

function remove(ecs: EcsContext): Handler {
  return (input) => {
    const cluster = findCluster(ecs.state, text(input, "cluster"));
    const service = findService(ecs.state, cluster, requiredText(input, "service"));
    if (service.status === "INACTIVE") throw serviceNotFound();
    if (service.status === "DRAINING") return { service: shown(ecs, service) };
    const forced = flag(input, "force") ?? false;
    if (service.desiredCount > 0 && !forced) {
      throw invalid("The service cannot be stopped while it is scaled above 0.");
    }
    service.desiredCount = 0;
    service.status = "DRAINING";
    for (const deployment of service.serviceDeployments.filter((candidate) => !isOver(candidate))) {
      deployment.status = "STOPPED";
      deployment.stoppedAt = ecs.clock.now();
      deployment.finishedAt = ecs.clock.now();
      deployment.statusReason = "Service deployment stopped because the service was deleted.";
    }
    return { service: shown(ecs, service) };
  };
}

function describe(ecs: EcsContext): Handler {
  return (input) => {
    const cluster = findCluster(ecs.state, text(input, "cluster"));
    const named = texts(input, "services") ?? [];
    if (named.length === 0) throw invalid("Services cannot be empty.");
    if (named.length > 10) throw invalid(`${named.length} services were named; at most 10 can be described.`);
    const include = texts(input, "include") ?? [];
    const services: JsonObject[] = [];
    const failures: JsonObject[] = [];
    for (const reference of named) {
      const service = lookUpService(ecs.state, cluster, reference);
      if (service) services.push(shown(ecs, service, include));
      else failures.push({ arn: ecs.arns.service(cluster.name, lastSegment(reference)), reason: "MISSING" });
    }
    return { services, failures };
  };
}

function list(ecs: EcsContext): Handler {
  return (input) => {
    const cluster = findCluster(ecs.state, text(input, "cluster"));
    const launchType = text(input, "launchType");
    const arns = [...ecs.state.services.values()]
      .filter((service) => service.cluster === cluster && service.status === "ACTIVE")
      .filter((service) => launchType === undefined || service.settings.launchType === launchType)
      .map((service) => service.arn);
    const page = pageOf(input, arns, { usual: 10, most: 100 });
    return present({ serviceArns: page.items, nextToken: page.nextToken });
  };
}

export const serviceHandlers = (ecs: EcsContext) => ({
  CreateService: create(ecs),
  UpdateService: update(ecs),
  DeleteService: remove(ecs),
  DescribeServices: describe(ecs),
  ListServices: list(ecs),
});
