import type { Handler, JsonObject } from "../service.ts";
import { describeAction, parseActions } from "./actions.ts";
import { faults, read, validationError } from "./faults.ts";
import type { Action, Listener, Rule } from "./model.ts";
import { page } from "./paging.ts";
import { assertGroupsExist, type Elbv2State, putActions, rulesInOrder } from "./state.ts";
import { parseTags } from "./tags.ts";

const protocols = ["HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP"];

/** What a new listener is made of. */
export interface ListenerSettings {
  readonly loadBalancerArn: string;
  readonly port: number;
  readonly protocol?: string;
  readonly defaultActions: readonly Action[];
  readonly certificates?: readonly JsonObject[];
  readonly sslPolicy?: string;
  readonly tags?: ReadonlyMap<string, string>;
}

/** Opens and closes the network side of listeners. */
export interface ListenerDoors {
  open(listener: Listener): Promise<void>;
  close(listenerArn: string): Promise<void>;
}

/** Adds a listener and its default rule. Throws LoadBalancerNotFound, DuplicateListener, TargetGroupNotFound, ValidationError. */
export function createListener(state: Elbv2State, settings: ListenerSettings): Listener {
  const { loadBalancerArn, port, protocol = "HTTP", defaultActions } = settings;
  if (!state.loadBalancers.has(loadBalancerArn)) throw faults.loadBalancerNotFound(loadBalancerArn);
  assertProtocol(protocol);
  assertPortFree(state, loadBalancerArn, port);
  assertGroupsExist(state, defaultActions);
  const arn = state.arns.listener(loadBalancerArn);
  const defaultRule: Rule = {
    arn: state.arns.rule(arn),
    listenerArn: arn,
    priority: "default",
    conditions: [],
    actions: defaultActions,
  };
  const listener: Listener = {
    arn,
    loadBalancerArn,
    port,
    protocol,
    certificates: settings.certificates ?? [],
    sslPolicy: settings.sslPolicy,
    defaultRule,
  };
  state.listeners.set(arn, listener);
  putActions(state, defaultRule, defaultActions);
  state.tags.set(arn, new Map(settings.tags));
  return listener;
}

/** CreateListener, DescribeListeners, ModifyListener and DeleteListener. `routesChanged` is called after each change. */
export function listenerHandlers(
  state: Elbv2State,
  doors: ListenerDoors,
  routesChanged: () => void,
): Record<string, Handler> {
  const find = (arn: string) => {
    const listener = state.listeners.get(arn);
    if (!listener) throw faults.listenerNotFound();
    return listener;
  };
  return {
    async CreateListener(input) {
      const port = read.whole(input, "Port", 1, 65_535);
      if (port === undefined) throw validationError("A listener port must be specified");
      const protocol = read.requiredText(input, "Protocol");
      const sslPolicy = read.text(input, "SslPolicy");
      const listener = createListener(state, {
        loadBalancerArn: read.requiredText(input, "LoadBalancerArn"),
        port,
        protocol,
        defaultActions: parseActions(read.objects(input, "DefaultActions")),
        certificates: read.objects(input, "Certificates"),
        ...(sslPolicy === undefined ? {} : { sslPolicy }),
        tags: parseTags(read.objects(input, "Tags")),
      });
      await doors.open(listener);
      routesChanged();
      return { Listeners: [describeListener(listener)] };
    },
    DescribeListeners(input) {
      const balancer = read.text(input, "LoadBalancerArn");
      const arns = read.texts(input, "ListenerArns");
      if ((balancer === undefined) === (arns.length === 0)) {
        throw validationError("You must specify either listener ARNs or a load balancer ARN");
      }
      if (balancer !== undefined && !state.loadBalancers.has(balancer))
        throw faults.loadBalancerNotFound(balancer);
      const wanted =
        balancer === undefined
          ? arns.map(find)
          : [...state.listeners.values()].filter((listener) => listener.loadBalancerArn === balancer);
      const { items, next } = page(wanted, input);
      return { Listeners: items.map(describeListener), ...next };
    },
    ModifyListener(input) {
      const listener = find(read.requiredText(input, "ListenerArn"));
      const port = read.whole(input, "Port", 1, 65_535) ?? listener.port;
      const protocol = read.text(input, "Protocol") ?? listener.protocol;
      assertProtocol(protocol);
      if (port !== listener.port) assertPortFree(state, listener.loadBalancerArn, port);
      const actions = read.objects(input, "DefaultActions");
      const certificates = read.objects(input, "Certificates");
      if (actions.length > 0) putActions(state, listener.defaultRule, parseActions(actions));
      if (certificates.length > 0) listener.certificates = certificates;
      listener.port = port;
      listener.protocol = protocol;
      listener.sslPolicy = read.text(input, "SslPolicy") ?? listener.sslPolicy;
      routesChanged();
      return { Listeners: [describeListener(listener)] };
    },
    async DeleteListener(input) {
      const listener = find(read.requiredText(input, "ListenerArn"));
      for (const rule of rulesInOrder(state, listener.arn)) {
        state.rules.delete(rule.arn);
        state.tags.delete(rule.arn);
      }
      state.listeners.delete(listener.arn);
      state.tags.delete(listener.arn);
      await doors.close(listener.arn);
      routesChanged();
      return {};
    },
  };
}

function assertProtocol(protocol: string): void {
  if (!protocols.includes(protocol)) {
    throw validationError(`Listener protocol '${protocol}' must be one of '[${protocols.join(", ")}]'`);
  }
}

function assertPortFree(state: Elbv2State, loadBalancerArn: string, port: number): void {
  for (const other of state.listeners.values()) {
    if (other.loadBalancerArn === loadBalancerArn && other.port === port)
      throw faults.duplicateListener(loadBalancerArn);
  }
}

function describeListener(listener: Listener): JsonObject {
  return {
    ListenerArn: listener.arn,
    LoadBalancerArn: listener.loadBalancerArn,
    Port: listener.port,
    Protocol: listener.protocol,
    ...(listener.certificates.length === 0 ? {} : { Certificates: listener.certificates }),
    ...(listener.sslPolicy === undefined ? {} : { SslPolicy: listener.sslPolicy }),
    DefaultActions: listener.defaultRule.actions.map(describeAction),
  };
}
