import type { JsonObject } from "../service.ts";
import { invalid } from "./faults.ts";
import { numeric, objects, text, texts } from "./input.ts";
import type { Cluster, TaskDefinition } from "./model.ts";

const PROVIDERS_LIMIT = 20;
const isFargate = (provider: string) => provider.startsWith("FARGATE");

/**
 * How RunTask places tasks: by launch type, by the given strategy, or by the cluster's default one.
 * @throws InvalidParameterException for what the API reference of RunTask rules out
 */
export function launchRules(
  input: JsonObject,
  cluster: Cluster,
  definition: TaskDefinition,
): { readonly launchType: string | undefined; readonly strategy: readonly JsonObject[] } {
  const launchType = text(input, "launchType");
  const given = objects(input, "capacityProviderStrategy") ?? [];
  if (given.length > 0 && launchType !== undefined) {
    throw invalid(
      "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.",
    );
  }
  if (launchType === "MANAGED_INSTANCES") {
    throw invalid(
      "The MANAGED_INSTANCES launch type is not supported. Use a capacity provider strategy instead.",
    );
  }
  requireStrategy(given, cluster);
  const strategy =
    launchType === undefined && given.length === 0 ? cluster.defaultCapacityProviderStrategy : given;
  const providers = strategy.map((item) => text(item, "capacityProvider") ?? "");
  const onFargate = launchType === "FARGATE" || (providers.length > 0 && providers.every(isFargate));
  requireCompatibility(definition, onFargate ? "FARGATE" : launchType);
  if (text(input, "platformVersion") !== undefined && !onFargate) {
    throw invalid("The platform version must be null when specifying an EC2 launch type.");
  }
  return { launchType, strategy };
}

function requireStrategy(items: readonly JsonObject[], cluster: Cluster): void {
  if (items.length === 0) return;
  if (items.length > PROVIDERS_LIMIT) {
    throw invalid(
      `A capacity provider strategy can contain a maximum of ${PROVIDERS_LIMIT} capacity providers.`,
    );
  }
  const providers = items.map((item) => text(item, "capacityProvider") ?? "");
  if (providers.some((provider) => !cluster.capacityProviders.includes(provider))) {
    throw invalid(
      "The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster and try again.",
    );
  }
  if (providers.some(isFargate) && !providers.every(isFargate)) {
    throw invalid(
      "A capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling groups and Fargate providers. Specify one or the other and try again.",
    );
  }
  if (items.length > 1 && items.every((item) => (numeric(item, "weight") ?? 0) === 0)) {
    throw invalid("At least one capacity provider must have a weight greater than 0.");
  }
  if (items.filter((item) => (numeric(item, "base") ?? 0) > 0).length > 1) {
    throw invalid("Only one capacity provider in a strategy can have a base defined.");
  }
}

/** A definition names what it was registered for; without a word it is for container instances. */
function requireCompatibility(definition: TaskDefinition, launchType: string | undefined): void {
  if (launchType === undefined || launchType === "EC2") return;
  const compatible = texts(definition.body, "requiresCompatibilities") ?? ["EC2"];
  if (!compatible.includes(launchType)) {
    throw invalid(`Task definition does not support launch_type ${launchType}.`);
  }
}
