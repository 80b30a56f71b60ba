import type { JsonObject } from "../service.ts";
import type { EcsContext } from "./context.ts";
import type { Strategy } from "./deployments/configuration.ts";
import { invalid } from "./faults.ts";
import { numeric, object, objects, requiredText, text } from "./input.ts";
import type { Cluster, LoadBalancerBinding, Settings, TaskDefinition } from "./model.ts";
import { requireNetwork } from "./network.ts";
import { usableTaskDefinition } from "./state.ts";

function shifting(body: JsonObject): LoadBalancerBinding["shifting"] {
  const advanced = object(body, "advancedConfiguration");
  if (!advanced) return undefined;
  const productionListenerRule = requiredText(advanced, "productionListenerRule");
  const testListenerRule = text(advanced, "testListenerRule");
  if (
    !/:listener(-rule)?\/(app|net)\//.test(productionListenerRule) ||
    /:listener\/app\//.test(productionListenerRule)
  ) {
    throw invalid(
      `productionListenerRule has an invalid ARN format. Must be RuleArn for ALB or ListenerArn for NLB. Got: ${productionListenerRule}`,
    );
  }
  if (testListenerRule === productionListenerRule) {
    throw invalid(
      `The following rules cannot be used as both production and test listener rules: ${testListenerRule}`,
    );
  }
  return {
    alternateTargetGroupArn: requiredText(advanced, "alternateTargetGroupArn"),
    productionListenerRule,
    ...(testListenerRule ? { testListenerRule } : {}),
  };
}

function binding(ecs: EcsContext, body: JsonObject, definition: TaskDefinition): LoadBalancerBinding {
  const targetGroupArn = requiredText(body, "targetGroupArn");
  if (!ecs.loadBalancing.targetGroupExists(targetGroupArn)) {
    throw invalid(`The specified target group does not exist. (targetGroupArn ${targetGroupArn})`);
  }
  const containerName = requiredText(body, "containerName");
  const containerPort = numeric(body, "containerPort") ?? 0;
  const container = definition.containers.find((candidate) => text(candidate, "name") === containerName);
  if (!container) throw invalid(`The container ${containerName} does not exist in the task definition.`);
  const ports = (objects(container, "portMappings") ?? []).map((mapping) =>
    numeric(mapping, "containerPort"),
  );
  if (!ports.includes(containerPort)) {
    throw invalid(`The container ${containerName} did not have a container port ${containerPort} defined.`);
  }
  const advanced = shifting(body);
  return { body, targetGroupArn, containerName, containerPort, ...(advanced ? { shifting: advanced } : {}) };
}

function checkStrategy(bindings: readonly LoadBalancerBinding[], strategy: Strategy): void {
  const advanced = bindings.filter((entry) => entry.shifting).length;
  if (strategy !== "ROLLING" && advanced < bindings.length) {
    throw invalid(
      "advancedConfiguration field is required for all loadBalancers when using a non-ROLLING deployment strategy",
    );
  }
  if (advanced > 0 && advanced < bindings.length) {
    throw invalid("Either all or none of the provided loadBalancers must have advancedConfiguration defined");
  }
  const groups = bindings.map((entry) => entry.targetGroupArn);
  const twice = groups.find((arn, index) => groups.indexOf(arn) !== index);
  if (twice) throw invalid(`Duplicate targetGroupArn found: ${twice}`);
}

/**
 * The settings of a service from CreateService or UpdateService: null and absent keep what `before` has, `[]` removes.
 * @throws InvalidParameterException or ClientException as the real API does before it accepts anything
 */
export function serviceSettings(
  ecs: EcsContext,
  cluster: Cluster,
  input: JsonObject,
  strategy: Strategy,
  before?: Settings,
): Settings {
  const reference = text(input, "taskDefinition");
  if (reference === undefined && !before) throw invalid("TaskDefinition can not be blank.");
  const definition = usableOrKept(ecs, reference, before);
  const networkConfiguration = object(input, "networkConfiguration") ?? before?.networkConfiguration;
  requireNetwork(definition, networkConfiguration);
  const balancers = objects(input, "loadBalancers")?.map((body) => binding(ecs, body, definition));
  const loadBalancers =
    balancers ?? (before?.loadBalancers ?? []).map(({ body }) => binding(ecs, body, definition));
  checkStrategy(loadBalancers, strategy);

  const strategies = objects(input, "capacityProviderStrategy") ?? before?.capacityProviderStrategy;
  const launchType = text(input, "launchType");
  if (launchType !== undefined && (strategies ?? []).length > 0) {
    throw invalid(
      "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.",
    );
  }
  const fallback = launchType === undefined && !before ? cluster.defaultCapacityProviderStrategy : [];
  const capacityProviderStrategy = strategies ?? fallback;
  const place = launchType ?? before?.launchType ?? (capacityProviderStrategy.length > 0 ? undefined : "EC2");
  const platformVersion = text(input, "platformVersion") ?? before?.platformVersion;
  const serviceConnectConfiguration =
    object(input, "serviceConnectConfiguration") ?? before?.serviceConnectConfiguration;
  return {
    taskDefinitionArn: definition.arn,
    capacityProviderStrategy,
    loadBalancers,
    serviceRegistries: objects(input, "serviceRegistries") ?? before?.serviceRegistries ?? [],
    volumeConfigurations: objects(input, "volumeConfigurations") ?? before?.volumeConfigurations ?? [],
    vpcLatticeConfigurations:
      objects(input, "vpcLatticeConfigurations") ?? before?.vpcLatticeConfigurations ?? [],
    ...(place === undefined ? {} : { launchType: place }),
    ...(place === "FARGATE" ? { platformVersion: platformVersion ?? "LATEST" } : {}),
    ...(networkConfiguration === undefined ? {} : { networkConfiguration }),
    ...(serviceConnectConfiguration === undefined ? {} : { serviceConnectConfiguration }),
  };
}

/** A definition named in the request must be ACTIVE; the one a service already has may be INACTIVE by now. */
function usableOrKept(
  ecs: EcsContext,
  reference: string | undefined,
  before: Settings | undefined,
): TaskDefinition {
  if (reference !== undefined) return usableTaskDefinition(ecs.state, reference);
  const kept = before && definitionOf(ecs, before);
  if (!kept) throw invalid("TaskDefinition can not be blank.");
  return kept;
}

/** The definition behind settings; a deleted one is gone. */
export const definitionOf = (ecs: EcsContext, settings: Settings): TaskDefinition | undefined =>
  [...ecs.state.families.values()]
    .flatMap(({ revisions }) => revisions)
    .find((definition) => definition.arn === settings.taskDefinitionArn);

/**
 * Whether moving from one to the other starts a deployment. capacityProviderStrategy alone does not
 * (UpdateService in the API reference names what triggers one).
 */
export function startsDeployment(before: Settings, after: Settings): boolean {
  const relevant = ({ capacityProviderStrategy: _, launchType: __, loadBalancers, ...rest }: Settings) =>
    JSON.stringify([rest, loadBalancers.map(({ body }) => body)]);
  return relevant(before) !== relevant(after);
}
