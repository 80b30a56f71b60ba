import type { SimulatedService } from "../service.ts";
import { cborCodec } from "../wire/cbor.ts";
import { type Codec, header, type WireRequest } from "../wire/codec.ts";
import { CommonFault } from "../wire/common-fault.ts";
import { jsonCodec } from "../wire/json.ts";
import { parameters, queryCodec } from "../wire/query.ts";
import { matchRoute, restJsonCodec } from "../wire/rest-json.ts";

/** Where a request goes and how it is answered. */
export interface Route {
  /** Absent when no simulated service answers to the target; the codec then words the error. */
  readonly service?: SimulatedService;
  readonly action: string;
  readonly codec: Codec;
}

/**
 * Finds the service, action and protocol of a request, by `X-Amz-Target` (JSON), by path (CBOR, and with the
 * method REST-JSON) or by the parameters `Action` and `Version` (Query).
 */
export function route(request: WireRequest, services: readonly SimulatedService[]): Route {
  const target = header(request, "x-amz-target");
  if (target !== undefined) return jsonRoute(target, request, services);
  const operation = /^\/service\/([^/]+)\/operation\/([^/]+)$/.exec(request.path);
  if (operation) {
    const [, prefix = "", action = ""] = operation;
    return { ...serving(byTargetPrefix(services, prefix)), action, codec: cborCodec };
  }
  return restRoute(request, services) ?? queryRoute(request, services);
}

/** The error for an action the service does not answer to. */
export function unknownOperation(found: Route, version: string | null): CommonFault {
  const known = found.service ? ` The simulated ${found.service.name} has no ${found.action}.` : "";
  return new CommonFault(
    "unknown-operation",
    found.codec.dialect === "query"
      ? `Could not find operation ${found.action} for version ${version ?? "NO_VERSION_SPECIFIED"}.${known}`
      : `The operation ${found.action} is not known.${known}`,
  );
}

function jsonRoute(target: string, request: WireRequest, services: readonly SimulatedService[]): Route {
  const dot = target.lastIndexOf(".");
  const version = header(request, "content-type")?.includes("json-1.0") ? "1.0" : "1.1";
  return {
    ...serving(byTargetPrefix(services, target.slice(0, Math.max(0, dot)))),
    action: target.slice(dot + 1),
    codec: jsonCodec(version),
  };
}

function restRoute(request: WireRequest, services: readonly SimulatedService[]): Route | undefined {
  for (const service of services) {
    for (const protocol of service.protocols) {
      const found = protocol.kind === "rest-json" ? matchRoute(protocol.routes, request) : undefined;
      if (found) return { service, action: found.action, codec: restJsonCodec(found.labels) };
    }
  }
  return undefined;
}

function byTargetPrefix(services: readonly SimulatedService[], prefix: string): SimulatedService | undefined {
  return services.find((service) =>
    service.protocols.some((protocol) => protocol.kind === "json" && protocol.targetPrefix === prefix),
  );
}

function queryRoute(request: WireRequest, services: readonly SimulatedService[]): Route {
  const form = parameters(request);
  const action = form.get("Action") ?? "";
  const version = form.get("Version");
  for (const service of services) {
    for (const protocol of service.protocols) {
      if (protocol.kind === "query" && protocol.apiVersion === version) {
        return { service, action, codec: queryCodec(action, protocol.xmlNamespace) };
      }
    }
  }
  return { action, codec: queryCodec(action, "http://webservices.amazon.com/AWSFault/2005-15-09") };
}

function serving(service: SimulatedService | undefined): { service?: SimulatedService } {
  return service ? { service } : {};
}
