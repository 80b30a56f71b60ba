import { clusterNotFound, serviceNotFound, taskDefinitionInactive, taskDefinitionUnknown } from "./faults.ts";
import { lastSegment } from "./identifiers.ts";
import type { Cluster, Service, Task, TaskDefinition } from "./model.ts";

/** Everything the simulated account holds; tests and seeding may read it directly. */
export interface EcsState {
  /** By name. */
  readonly clusters: Map<string, Cluster>;
  /** By family, in order of revision; deleted ones are gone but their numbers are not given again. */
  readonly families: Map<string, { next: number; revisions: TaskDefinition[] }>;
  /** By ARN, in order of creation. */
  readonly services: Map<string, Service>;
  /** By ARN, in order of creation. */
  readonly tasks: Map<string, Task>;
}

export const emptyState = (): EcsState => ({
  clusters: new Map(),
  families: new Map(),
  services: new Map(),
  tasks: new Map(),
});

/** The cluster of a name or ARN; `default` when none is named. @throws ClusterNotFoundException */
export function findCluster(state: EcsState, nameOrArn: string | undefined): Cluster {
  const cluster = state.clusters.get(lastSegment(nameOrArn ?? "default"));
  if (!cluster) throw clusterNotFound();
  return cluster;
}

/** The service of a name or ARN in a cluster. A live one wins over deleted ones of the same name. */
export function lookUpService(state: EcsState, cluster: Cluster, nameOrArn: string): Service | undefined {
  const name = lastSegment(nameOrArn);
  const named = [...state.services.values()].filter(
    (service) =>
      service.cluster === cluster &&
      service.name === name &&
      (!isArn(nameOrArn) || arnsOf(service).includes(nameOrArn)),
  );
  return named.find((service) => service.status !== "INACTIVE") ?? named.at(-1);
}

/** @throws ServiceNotFoundException */
export function findService(state: EcsState, cluster: Cluster, nameOrArn: string): Service {
  const service = lookUpService(state, cluster, nameOrArn);
  if (!service) throw serviceNotFound();
  return service;
}

/** ARNs of the older form have no cluster. */
const arnsOf = ({ arn, cluster }: Service) => [arn, arn.replace(`/${cluster.name}/`, "/")];

const isArn = (reference: string) => reference.startsWith("arn:");

/** Family, `family:revision` or ARN of this account and region; a family alone means its latest ACTIVE revision. */
export function lookUpTaskDefinition(state: EcsState, reference: string): TaskDefinition | undefined {
  const [family = "", revision] = lastSegment(reference).split(":");
  const known = state.families.get(family)?.revisions ?? [];
  const revisions = known.filter(
    ({ arn }) => !isArn(reference) || arn === reference || arn.startsWith(`${reference}:`),
  );
  if (revision === undefined) return revisions.findLast((definition) => definition.status === "ACTIVE");
  return revisions.find((definition) => definition.revision === Number(revision));
}

/** A definition that new tasks may use. @throws ClientException */
export function usableTaskDefinition(state: EcsState, reference: string): TaskDefinition {
  const definition = lookUpTaskDefinition(state, reference);
  if (!definition) throw taskDefinitionUnknown();
  if (definition.status !== "ACTIVE") throw taskDefinitionInactive();
  return definition;
}
