import { type JsonObject, ServiceFault } from "../service.ts";
import { faults, read, validationError } from "./faults.ts";
import {
  type Action,
  type ForwardAction,
  type GroupStickiness,
  type GuardType,
  guardTypes,
  type RoutingAction,
  type WeightedGroup,
} from "./model.ts";

const configurationMember: Readonly<Record<GuardType, string>> = {
  "authenticate-oidc": "AuthenticateOidcConfig",
  "authenticate-cognito": "AuthenticateCognitoConfig",
  "jwt-validation": "JwtValidationConfig",
};

const isGuardType = (type: string): type is GuardType => guardTypes.some((known) => known === type);

/** Narrows to the actions that end a rule by answering or forwarding. */
export const isRouting = (action: Action): action is RoutingAction => !isGuardType(action.type);

/**
 * Parses `Actions` or `DefaultActions` and checks them as the API does: exactly one forward, redirect or fixed-response, and it
 * comes last; orders are unique; weights are 0–999; at most five groups. Throws ValidationError or InvalidLoadBalancerAction.
 */
export function parseActions(inputs: readonly JsonObject[]): readonly Action[] {
  const actions = inputs.map(parseAction);
  const orders = actions.map((action) => action.order).filter((order) => order !== undefined);
  if (new Set(orders).size !== orders.length) throw validationError("Action orders must be unique");
  const sorted = actions.toSorted((one, other) => (one.order ?? 0) - (other.order ?? 0));
  if (sorted.filter(isRouting).length !== 1) {
    throw validationError("Actions must hold exactly one action of type forward, redirect or fixed-response");
  }
  const last = sorted.at(-1);
  if (last && !isRouting(last)) {
    throw faults.invalidAction(`An action of type '${last.type}' cannot be the last action to be performed`);
  }
  return sorted;
}

function parseAction(input: JsonObject): Action {
  const type = read.requiredText(input, "Type");
  const order = read.whole(input, "Order", 1, 50_000);
  const ordered = order === undefined ? {} : { order };
  if (isGuardType(type)) {
    const configuration = read.object(input, configurationMember[type]);
    if (!configuration)
      throw validationError(`${configurationMember[type]} must be specified for a '${type}' action`);
    return { type, ...ordered, configuration: describable(configuration) };
  }
  if (type === "forward") return { ...parseForward(input), ...ordered };
  if (type === "fixed-response") {
    const config = read.object(input, "FixedResponseConfig") ?? {};
    const statusCode = read.requiredText(config, "StatusCode");
    if (!/^[245]\d\d$/.test(statusCode)) {
      throw validationError(`Fixed response status code '${statusCode}' must be of the form 2XX, 4XX or 5XX`);
    }
    const contentType = read.text(config, "ContentType");
    const messageBody = read.text(config, "MessageBody");
    return {
      type,
      ...ordered,
      statusCode: Number(statusCode),
      ...(contentType === undefined ? {} : { contentType }),
      ...(messageBody === undefined ? {} : { messageBody }),
    };
  }
  if (type === "redirect") {
    const config = read.object(input, "RedirectConfig") ?? {};
    const statusCode = read.requiredText(config, "StatusCode");
    if (statusCode !== "HTTP_301" && statusCode !== "HTTP_302") {
      throw validationError(`Redirect status code '${statusCode}' must be HTTP_301 or HTTP_302`);
    }
    return {
      type,
      ...ordered,
      statusCode,
      protocol: read.text(config, "Protocol") ?? "#{protocol}",
      host: read.text(config, "Host") ?? "#{host}",
      port: read.text(config, "Port") ?? "#{port}",
      path: read.text(config, "Path") ?? "/#{path}",
      query: read.text(config, "Query") ?? "#{query}",
    };
  }
  throw validationError(`'${type}' is not a valid action type`);
}

/** A guard's configuration as it is described again: secrets and how they were given are never answered. */
function describable(configuration: JsonObject): JsonObject {
  const { ClientSecret: _secret, UseExistingClientSecret: _given, ...rest } = configuration;
  const timeout = read.whole(configuration, "SessionTimeout", 1, 604_800);
  return timeout === undefined ? rest : { ...rest, SessionTimeout: timeout };
}

function parseForward(input: JsonObject): ForwardAction {
  const single = read.text(input, "TargetGroupArn");
  const config = read.object(input, "ForwardConfig");
  const targetGroups = config ? read.objects(config, "TargetGroups").map(parseGroup) : [];
  const arns = new Set(targetGroups.map((group) => group.targetGroupArn));
  if (single !== undefined && targetGroups.length > 0 && !(arns.size === 1 && arns.has(single))) {
    throw validationError(
      "You cannot specify TargetGroupArn together with a ForwardConfig that names several or other target groups",
    );
  }
  if (arns.size !== targetGroups.length)
    throw validationError("Target groups of a forward action must be unique");
  if (targetGroups.length > 5) {
    throw new ServiceFault(
      "TooManyTargetGroups",
      `A forward action takes at most 5 target groups, this one has ${targetGroups.length}`,
    );
  }
  const stickiness = parseStickiness(config && read.object(config, "TargetGroupStickinessConfig"));
  if (targetGroups.length > 0) return { type: "forward", targetGroups, stickiness };
  if (single === undefined) {
    throw validationError("A target group ARN must be specified for an action of type 'forward'");
  }
  return { type: "forward", targetGroups: [{ targetGroupArn: single, weight: 1 }], stickiness };
}

function parseGroup(input: JsonObject): WeightedGroup {
  const weight = read.number(input, "Weight") ?? 1;
  if (!Number.isInteger(weight) || weight < 0 || weight > 999) {
    throw validationError(`Target group weight '${weight}' must be a whole number between 0 and 999`);
  }
  return { targetGroupArn: read.requiredText(input, "TargetGroupArn"), weight };
}

function parseStickiness(input: JsonObject | undefined): GroupStickiness {
  if (!input) return { enabled: false };
  const durationSeconds = read.whole(input, "DurationSeconds", 1, 604_800);
  if (read.flag(input, "Enabled") !== true) {
    return durationSeconds === undefined ? { enabled: false } : { enabled: false, durationSeconds };
  }
  if (durationSeconds === undefined) {
    throw validationError("DurationSeconds must be specified when target group stickiness is enabled");
  }
  return { enabled: true, durationSeconds };
}

/** An action as Describe calls answer it; a forward to one group is answered in both its forms. */
export function describeAction(action: Action): JsonObject {
  const common = { Type: action.type, ...(action.order === undefined ? {} : { Order: action.order }) };
  switch (action.type) {
    case "forward": {
      const [first] = action.targetGroups;
      const single =
        action.targetGroups.length === 1 && first ? { TargetGroupArn: first.targetGroupArn } : {};
      const { enabled, durationSeconds } = action.stickiness;
      return {
        ...common,
        ...single,
        ForwardConfig: {
          TargetGroups: action.targetGroups.map((group) => ({
            TargetGroupArn: group.targetGroupArn,
            Weight: group.weight,
          })),
          TargetGroupStickinessConfig: {
            Enabled: enabled,
            ...(durationSeconds === undefined ? {} : { DurationSeconds: durationSeconds }),
          },
        },
      };
    }
    case "fixed-response":
      return {
        ...common,
        FixedResponseConfig: {
          StatusCode: String(action.statusCode),
          ...(action.contentType === undefined ? {} : { ContentType: action.contentType }),
          ...(action.messageBody === undefined ? {} : { MessageBody: action.messageBody }),
        },
      };
    case "redirect":
      return {
        ...common,
        RedirectConfig: {
          Protocol: action.protocol,
          Port: action.port,
          Host: action.host,
          Path: action.path,
          Query: action.query,
          StatusCode: action.statusCode,
        },
      };
    default:
      return { ...common, [configurationMember[action.type]]: action.configuration };
  }
}

/** ARNs of the target groups these actions can forward to. */
export function forwardedGroups(actions: readonly Action[]): readonly string[] {
  return actions.flatMap((action) =>
    action.type === "forward" ? action.targetGroups.map((group) => group.targetGroupArn) : [],
  );
}
