import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "#ship/kit";
import type { Fault } from "../faults/fault.ts";
import type { FaultScript } from "../faults/fault-script.ts";
import type { RequestRates } from "../faults/request-rates.ts";
import type { Validation } from "../models/validation.ts";
import { type JsonObject, type ServiceCall, ServiceFault, type SimulatedService } from "../service.ts";
import type { WireRequest } from "../wire/codec.ts";
import { CommonFault } from "../wire/common-fault.ts";
import { parameters } from "../wire/query.ts";
import { readSignature } from "./authorization.ts";
import type { CallLog } from "./call-log.ts";
import { answerControl } from "./control.ts";
import { type Route, route, unknownOperation } from "./dispatch.ts";
import { closedSignal, isOfTheWay, type Outcome, recordOf, send, suffer } from "./exchange.ts";
import type { Identities } from "./identities.ts";
import { injectedFault } from "./injected-fault.ts";
import { type LoopbackServer, startLoopbackServer } from "./loopback-server.ts";
import { readRequest } from "./read-request.ts";

/** What the HTTP front needs. */
export interface FrontOptions {
  readonly services: readonly SimulatedService[];
  readonly clock: Clock;
  readonly identities: Identities;
  readonly faults: FaultScript;
  readonly rates: RequestRates;
  readonly calls: CallLog;
  readonly validation: Validation;
  /** 0, the default, takes a free port. */
  readonly port?: number;
}

interface Call {
  readonly route: Route;
  readonly request: WireRequest;
  readonly requestId: string;
  readonly closed: AbortSignal;
  input: JsonObject;
  region: string;
  accessKeyId?: string;
}

const unsignedActions = new Set(["AssumeRoleWithWebIdentity"]);

/** Starts the one HTTP server behind which all simulated AWS services answer. */
export function startFront(options: FrontOptions): Promise<LoopbackServer> {
  return startLoopbackServer((incoming, response) => {
    serve(options, incoming, response).catch(() => response.destroy());
  }, options.port);
}

async function serve(
  options: FrontOptions,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const arrived = performance.now();
  const at = options.clock.now();
  const request = await readRequest(incoming);
  const control = answerControl(request, options);
  if (control) return send(response, { answer: control });

  const call: Call = {
    route: route(request, options.services),
    request,
    requestId: randomUUID(),
    closed: closedSignal(response),
    input: {},
    region: "us-east-1",
  };
  const outcome = await carryOut(options, call);
  send(response, outcome);
  options.calls.add({
    at,
    service: call.route.service?.name ?? "unknown",
    action: call.route.action,
    input: call.input,
    region: call.region,
    ...(call.accessKeyId === undefined ? {} : { accessKeyId: call.accessKeyId }),
    ...recordOf(outcome),
    milliseconds: performance.now() - arrived,
  });
}

async function carryOut(options: FrontOptions, call: Call): Promise<Outcome> {
  try {
    return await attempt(options, call);
  } catch (error) {
    return refuse(options, call, error);
  }
}

async function attempt(options: FrontOptions, call: Call): Promise<Outcome> {
  const { service, action, codec } = call.route;
  const handler = service && Object.hasOwn(service.handlers, action) ? service.handlers[action] : undefined;
  if (!service || !handler) throw unknownOperation(call.route, parameters(call.request).get("Version"));
  call.input = codec.decode(call.request);
  options.calls.arrive({ service: service.name, action, input: call.input });
  const callerArn = authenticate(options, call);

  if (!options.rates.take(service.name, action)) throw new CommonFault("throttling", "Rate exceeded");
  const fault = options.faults.strike(service.name, action);
  if (fault) {
    const ended = await strike(options, call, fault, callerArn);
    if (ended) return { ...ended, fault: fault.kind };
  }

  options.validation.request(service.name, action, call.input, codec);
  const output = await handler(call.input, describeCall(call, service));
  options.validation.answer(service.name, action, output);
  if (fault?.kind === "lost-answer") return { fault: fault.kind, applied: true };
  const answer = codec.answer(output, call.requestId);
  return { answer, applied: true, ...(fault ? { fault: fault.kind } : {}) };
}

/** Does what a scripted fault does before the service sees the call; answers the outcome when the call ends there. */
async function strike(
  options: FrontOptions,
  call: Call,
  fault: Fault,
  callerArn: string,
): Promise<Outcome | undefined> {
  if (isOfTheWay(fault)) return suffer(fault, options.clock, call.closed);
  const { name } = call.route.service ?? { name: "unknown" };
  return refuse(options, call, injectedFault(fault, name, call.route.action, callerArn));
}

/** Reads who calls into `call` and answers the caller's ARN; throws what AWS answers to unsigned or unknown callers. */
function authenticate(options: FrontOptions, call: Call): string {
  const signature = readSignature(call.request);
  if (!signature) {
    if (unsignedActions.has(call.route.action)) return "anonymous";
    const wording = call.route.codec.dialect === "query" ? "Request is missing" : "Missing";
    throw new CommonFault("missing-token", `${wording} Authentication Token`);
  }
  call.accessKeyId = signature.accessKeyId;
  call.region = signature.region;
  if (unsignedActions.has(call.route.action)) return "anonymous";
  return options.identities.identify(signature.accessKeyId, signature.sessionToken).arn;
}

function describeCall(call: Call, service: SimulatedService): ServiceCall {
  return {
    service: service.name,
    action: call.route.action,
    input: call.input,
    region: call.region,
    ...(call.accessKeyId === undefined ? {} : { accessKeyId: call.accessKeyId }),
  };
}

function refuse(options: FrontOptions, call: Call, error: unknown): Outcome {
  const { service, action, codec } = call.route;
  const name = service?.name ?? "unknown";
  let fault: ServiceFault;
  if (error instanceof ServiceFault) {
    options.validation.fault(name, action, error);
    fault = error;
  } else if (error instanceof CommonFault) {
    fault = error.in(codec.dialect);
  } else if (call.closed.aborted) {
    return { applied: false };
  } else {
    options.validation.broken(name, action, error);
    fault = new CommonFault("internal-failure", `The simulated ${name} broke: ${error}`).in(codec.dialect);
  }
  return { answer: codec.fault(fault, call.requestId), errorCode: fault.code, applied: false };
}
