import type { Handler, JsonObject } from "../service.ts";
import { faults, read, validationError } from "./faults.ts";
import type { LoadBalancer } from "./model.ts";
import { page } from "./paging.ts";
import type { Elbv2State } from "./state.ts";
import { parseTags } from "./tags.ts";

/** What a new load balancer is made of; all but the name has a default. */
export interface LoadBalancerSettings {
  readonly name: string;
  readonly type?: "application" | "network";
  readonly scheme?: "internet-facing" | "internal";
  readonly subnets?: readonly string[];
  readonly securityGroups?: readonly string[];
  readonly ipAddressType?: string;
  readonly tags?: ReadonlyMap<string, string>;
}

/** Creates a load balancer, or answers the one of the same name and settings. Throws DuplicateLoadBalancerName. */
export function createLoadBalancer(state: Elbv2State, settings: LoadBalancerSettings): LoadBalancer {
  const { name, type = "application", scheme = "internet-facing" } = settings;
  if (!/^(?!-|internal-)[A-Za-z0-9-]{1,32}(?<!-)$/.test(name)) {
    throw validationError(
      `Load balancer name '${name}' must be 1 to 32 letters, digits or hyphens, and not begin or end with a hyphen`,
    );
  }
  const existing = [...state.loadBalancers.values()].find((balancer) => balancer.name === name);
  if (existing) {
    if (existing.type === type && existing.scheme === scheme) return existing;
    throw faults.duplicateLoadBalancer(name);
  }
  const arn = state.arns.loadBalancer(type, name);
  const balancer: LoadBalancer = {
    arn,
    name,
    type,
    scheme,
    dnsName: `${scheme === "internal" ? "internal-" : ""}${name}-${Number.parseInt(arn.slice(-8), 16)}.${state.region}.elb.amazonaws.com`,
    createdAt: state.clock.now(),
    subnets: settings.subnets ?? [],
    securityGroups: settings.securityGroups ?? [],
    ipAddressType: settings.ipAddressType ?? "ipv4",
  };
  state.loadBalancers.set(arn, balancer);
  state.tags.set(arn, new Map(settings.tags));
  return balancer;
}

/** CreateLoadBalancer and DescribeLoadBalancers. */
export function loadBalancerHandlers(state: Elbv2State): Record<string, Handler> {
  return {
    CreateLoadBalancer(input) {
      const type = read.text(input, "Type") ?? "application";
      if (type !== "application" && type !== "network") {
        throw validationError(`Load balancer type '${type}' must be one of '[network, application]'`);
      }
      const scheme = read.text(input, "Scheme") ?? "internet-facing";
      if (scheme !== "internet-facing" && scheme !== "internal") {
        throw validationError(`Scheme '${scheme}' must be one of '[internet-facing, internal]'`);
      }
      const mapped = read
        .objects(input, "SubnetMappings")
        .map((mapping) => read.requiredText(mapping, "SubnetId"));
      const ipAddressType = read.text(input, "IpAddressType");
      const balancer = createLoadBalancer(state, {
        name: read.requiredText(input, "Name"),
        type,
        scheme,
        subnets: [...read.texts(input, "Subnets"), ...mapped],
        securityGroups: read.texts(input, "SecurityGroups"),
        ...(ipAddressType === undefined ? {} : { ipAddressType }),
        tags: parseTags(read.objects(input, "Tags")),
      });
      return { LoadBalancers: [describeLoadBalancer(state, balancer)] };
    },
    DescribeLoadBalancers(input) {
      const arns = read.texts(input, "LoadBalancerArns");
      const names = read.texts(input, "Names");
      if (arns.length > 0 && names.length > 0) {
        throw validationError(
          "Load balancer names and load balancer ARNs cannot be specified at the same time",
        );
      }
      const all = [...state.loadBalancers.values()];
      const unknown = [
        ...arns.filter((arn) => !state.loadBalancers.has(arn)),
        ...names.filter((name) => !all.some((balancer) => balancer.name === name)),
      ];
      if (unknown.length > 0) throw faults.loadBalancerNotFound(unknown.join(", "));
      const wanted = all.filter(
        (balancer) =>
          (arns.length === 0 || arns.includes(balancer.arn)) &&
          (names.length === 0 || names.includes(balancer.name)),
      );
      const { items, next } = page(wanted, input);
      return { LoadBalancers: items.map((balancer) => describeLoadBalancer(state, balancer)), ...next };
    },
  };
}

function describeLoadBalancer(state: Elbv2State, balancer: LoadBalancer): JsonObject {
  return {
    LoadBalancerArn: balancer.arn,
    DNSName: balancer.dnsName,
    CanonicalHostedZoneId: "Z35SXDOTRQ7X7K",
    CreatedTime: new Date(balancer.createdAt),
    LoadBalancerName: balancer.name,
    Scheme: balancer.scheme,
    VpcId: "vpc-00000000000000001",
    State: { Code: "active" },
    Type: balancer.type,
    AvailabilityZones: balancer.subnets.map((SubnetId, index) => ({
      ZoneName: `${state.region}${String.fromCharCode(97 + (index % 3))}`,
      SubnetId,
      LoadBalancerAddresses: [],
    })),
    SecurityGroups: balancer.securityGroups,
    IpAddressType: balancer.ipAddressType,
  };
}
