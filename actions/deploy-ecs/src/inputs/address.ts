import type { ReportProblem } from "#ship/kit";

/** The inputs that say where a service is. */
interface Place {
  readonly cluster: string;
  readonly service: string | undefined;
  readonly services: readonly string[] | undefined;
}

/** What Amazon ECS means where no cluster is named, and so what `cluster` says when nobody has set it. */
const unnamed = "default";

/** The cluster by name or ARN: of the service's ARN, where that names one and `cluster` does not. */
export function clusterOf({ cluster, service, services = [] }: Place): string {
  const [named] = [service, ...services].flatMap((reference) => clusterIn(reference) ?? []);
  return cluster === unnamed ? (named ?? cluster) : cluster;
}

/** A service of another cluster than `cluster`, or two services of two. */
export function checkAddress(place: Place, problem: ReportProblem): void {
  const cluster = clusterOf(place);
  for (const input of ["service", "services"] as const)
    for (const reference of [place[input] ?? []].flat()) {
      const own = clusterIn(reference);
      if (own !== undefined && own !== lastOf(cluster))
        problem(input, `it is ${reference}, of the cluster ${own}, but the cluster is ${lastOf(cluster)}`);
    }
}

/** `service/<cluster>/<name>` at the end of an ARN; the older form has no cluster. */
function clusterIn(reference: string | undefined): string | undefined {
  return /^arn:[^/]+:service\/([^/]+)\/[^/]+$/.exec(reference ?? "")?.[1];
}

function lastOf(reference: string): string {
  return reference.split("/").at(-1) ?? reference;
}
