import type { Handler, JsonObject } from "../service.ts";
import { faults, read, validationError } from "./faults.ts";
import { assertHealthCheck, initialHealthCheck, parseHealthCheck } from "./health-check-settings.ts";
import type { HealthCheck, TargetGroup } from "./model.ts";
import { page } from "./paging.ts";
import { type Elbv2State, loadBalancersOf } from "./state.ts";
import { parseTags } from "./tags.ts";
import { initialAttributes, putAttributes } from "./target-group-attributes.ts";

const targetTypes = ["instance", "ip", "lambda", "alb"] as const;

/** What a new target group is made of; all but the name has a default. */
export interface TargetGroupSettings {
  readonly name: string;
  readonly protocol?: string;
  readonly protocolVersion?: string;
  readonly port?: number;
  readonly vpcId?: string;
  readonly targetType?: TargetGroup["targetType"];
  readonly healthCheck?: Partial<HealthCheck>;
  /** For example `deregistration_delay.timeout_seconds`. */
  readonly attributes?: ReadonlyMap<string, string>;
  readonly tags?: ReadonlyMap<string, string>;
}

/** Creates a target group, or answers the one of the same name and settings. Throws DuplicateTargetGroupName. */
export function createTargetGroup(state: Elbv2State, settings: TargetGroupSettings): TargetGroup {
  const { name, protocol = "HTTP", port = 80, targetType = "ip" } = settings;
  if (!/^(?!-)[A-Za-z0-9-]{1,32}(?<!-)$/.test(name)) {
    throw validationError(
      `Target group name '${name}' must be 1 to 32 letters, digits or hyphens, and not begin or end with a hyphen`,
    );
  }
  const existing = [...state.targetGroups.values()].find((group) => group.name === name);
  if (existing) {
    if (existing.protocol === protocol && existing.port === port && existing.targetType === targetType)
      return existing;
    throw faults.duplicateTargetGroup(name);
  }
  const healthCheck = { ...initialHealthCheck, ...settings.healthCheck };
  assertHealthCheck(healthCheck);
  const group: TargetGroup = {
    arn: state.arns.targetGroup(name),
    name,
    protocol,
    protocolVersion: settings.protocolVersion ?? "HTTP1",
    port,
    vpcId: settings.vpcId ?? "vpc-00000000000000001",
    targetType,
    healthCheck,
    attributes: initialAttributes(),
    targets: new Map(),
  };
  putAttributes(group, settings.attributes ?? new Map());
  state.targetGroups.set(group.arn, group);
  state.tags.set(group.arn, new Map(settings.tags));
  return group;
}

/** CreateTargetGroup, ModifyTargetGroup, DescribeTargetGroups and DeleteTargetGroup. */
export function targetGroupHandlers(state: Elbv2State): Record<string, Handler> {
  return {
    CreateTargetGroup(input) {
      const wanted = read.text(input, "TargetType") ?? "instance";
      const targetType = targetTypes.find((type) => type === wanted);
      if (!targetType)
        throw validationError(`Target type '${wanted}' must be one of '[instance, ip, lambda, alb]'`);
      const port = read.whole(input, "Port", 1, 65_535);
      if (port === undefined && targetType !== "lambda") throw validationError("A port must be specified");
      const protocol = read.text(input, "Protocol");
      if (protocol === undefined && targetType !== "lambda")
        throw validationError("A protocol must be specified");
      const protocolVersion = read.text(input, "ProtocolVersion");
      const vpcId = read.text(input, "VpcId");
      const group = createTargetGroup(state, {
        name: read.requiredText(input, "Name"),
        targetType,
        ...(protocol === undefined ? {} : { protocol }),
        ...(protocolVersion === undefined ? {} : { protocolVersion }),
        ...(port === undefined ? {} : { port }),
        ...(vpcId === undefined ? {} : { vpcId }),
        healthCheck: parseHealthCheck(input, initialHealthCheck),
        tags: parseTags(read.objects(input, "Tags")),
      });
      return { TargetGroups: [describeTargetGroup(state, group)] };
    },
    ModifyTargetGroup(input) {
      const group = state.targetGroups.get(read.requiredText(input, "TargetGroupArn"));
      if (!group) throw faults.targetGroupNotFound();
      group.healthCheck = parseHealthCheck(input, group.healthCheck);
      return { TargetGroups: [describeTargetGroup(state, group)] };
    },
    DescribeTargetGroups(input) {
      const { items, next } = page(selectGroups(state, input), input);
      return { TargetGroups: items.map((group) => describeTargetGroup(state, group)), ...next };
    },
    DeleteTargetGroup(input) {
      const arn = read.requiredText(input, "TargetGroupArn");
      if (loadBalancersOf(state, arn).length > 0) throw faults.targetGroupInUse(arn);
      state.targetGroups.get(arn)?.targets.clear();
      state.targetGroups.delete(arn);
      state.tags.delete(arn);
      return {};
    },
  };
}

function selectGroups(state: Elbv2State, input: JsonObject): readonly TargetGroup[] {
  const arns = read.texts(input, "TargetGroupArns");
  const names = read.texts(input, "Names");
  const balancer = read.text(input, "LoadBalancerArn");
  const all = [...state.targetGroups.values()];
  if (balancer !== undefined && !state.loadBalancers.has(balancer))
    throw faults.loadBalancerNotFound(balancer);
  if (
    arns.some((arn) => !state.targetGroups.has(arn)) ||
    names.some((name) => !all.some((group) => group.name === name))
  ) {
    throw faults.targetGroupNotFound();
  }
  return all.filter(
    (group) =>
      (arns.length === 0 || arns.includes(group.arn)) &&
      (names.length === 0 || names.includes(group.name)) &&
      (balancer === undefined || loadBalancersOf(state, group.arn).includes(balancer)),
  );
}

function describeTargetGroup(state: Elbv2State, group: TargetGroup): JsonObject {
  const check = group.healthCheck;
  return {
    TargetGroupArn: group.arn,
    TargetGroupName: group.name,
    Protocol: group.protocol,
    ProtocolVersion: group.protocolVersion,
    Port: group.port,
    VpcId: group.vpcId,
    HealthCheckProtocol: check.protocol,
    HealthCheckPort: check.port,
    HealthCheckEnabled: check.enabled,
    HealthCheckIntervalSeconds: check.intervalSeconds,
    HealthCheckTimeoutSeconds: check.timeoutSeconds,
    HealthyThresholdCount: check.healthyThreshold,
    UnhealthyThresholdCount: check.unhealthyThreshold,
    HealthCheckPath: check.path,
    Matcher: { HttpCode: check.matcher },
    LoadBalancerArns: loadBalancersOf(state, group.arn),
    TargetType: group.targetType,
    IpAddressType: "ipv4",
  };
}
