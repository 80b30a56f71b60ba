import type { Handler, JsonObject } from "../service.ts";
import type { EcsContext } from "./context.ts";
import { invalid } from "./faults.ts";
import { lastSegment } from "./identifiers.ts";
import { objects, present, text, texts } from "./input.ts";
import type { Cluster } from "./model.ts";
import { pageOf } from "./pages.ts";
import { tagsOf } from "./tags.ts";

function view(ecs: EcsContext, cluster: Cluster, include: readonly string[]): JsonObject {
  const services = [...ecs.state.services.values()].filter(
    (service) => service.cluster === cluster && service.status === "ACTIVE",
  );
  const tasks = [...ecs.state.tasks.values()].filter((task) => task.cluster === cluster);
  return present({
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: "ACTIVE",
    registeredContainerInstancesCount: 0,
    runningTasksCount: tasks.filter((task) => task.lastStatus === "RUNNING").length,
    pendingTasksCount: tasks.filter((task) =>
      ["PROVISIONING", "PENDING", "ACTIVATING"].includes(task.lastStatus),
    ).length,
    activeServicesCount: services.length,
    statistics: [],
    tags: include.includes("TAGS") ? cluster.tags : [],
    settings: include.includes("SETTINGS") ? cluster.settings : [],
    capacityProviders: cluster.capacityProviders,
    defaultCapacityProviderStrategy: cluster.defaultCapacityProviderStrategy,
  });
}

function create(ecs: EcsContext): Handler {
  return (input) => {
    const name = text(input, "clusterName") ?? "default";
    if (!/^[A-Za-z0-9_-]{1,255}$/.test(name)) {
      throw invalid("Invalid cluster name. Use up to 255 letters, numbers, hyphens and underscores.");
    }
    const cluster: Cluster = ecs.state.clusters.get(name) ?? {
      arn: ecs.arns.cluster(name),
      name,
      settings: objects(input, "settings") ?? [{ name: "containerInsights", value: "disabled" }],
      capacityProviders: texts(input, "capacityProviders") ?? [],
      defaultCapacityProviderStrategy: objects(input, "defaultCapacityProviderStrategy") ?? [],
      tags: tagsOf(input),
    };
    ecs.state.clusters.set(name, cluster);
    return { cluster: view(ecs, cluster, ["TAGS", "SETTINGS"]) };
  };
}

function describe(ecs: EcsContext): Handler {
  return (input) => {
    const named = texts(input, "clusters") ?? ["default"];
    if (named.length > 100) throw invalid("Clusters cannot have more than 100 elements.");
    const clusters: JsonObject[] = [];
    const failures: JsonObject[] = [];
    for (const reference of named) {
      const cluster = ecs.state.clusters.get(lastSegment(reference));
      if (cluster) clusters.push(view(ecs, cluster, texts(input, "include") ?? []));
      else failures.push({ arn: ecs.arns.cluster(lastSegment(reference)), reason: "MISSING" });
    }
    return { clusters, failures };
  };
}

export const clusterHandlers = (ecs: EcsContext) => ({
  CreateCluster: create(ecs),
  DescribeClusters: describe(ecs),
  ListClusters: ((input) => {
    const page = pageOf(
      input,
      [...ecs.state.clusters.values()].map((cluster) => cluster.arn),
    );
    return present({ clusterArns: page.items, nextToken: page.nextToken });
  }) satisfies Handler,
});
