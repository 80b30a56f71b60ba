import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "#ship/kit";
import type { CallLog } from "../../front/call-log.ts";
import { answerControl } from "../../front/control.ts";
import { closedSignal, isOfTheWay, type Outcome, recordOf, send, suffer } from "../../front/exchange.ts";
import { type LoopbackServer, startLoopbackServer } from "../../front/loopback-server.ts";
import { readRequest } from "../../front/read-request.ts";
import type { JsonObject } from "../../service.ts";
import { header, type WireRequest } from "../../wire/codec.ts";
import type { GoogleApi, Principal } from "../api.ts";
import { authenticate } from "../auth/bearer.ts";
import type { AccessTokens } from "../auth/tokens.ts";
import type { GoogleValidation } from "../discovery/validation.ts";
import type { GoogleFaultKind, GoogleFaultScript } from "../faults.ts";
import type { Project } from "../names.ts";
import { GoogleFault } from "../status.ts";
import { answerJson, notFound, readBody } from "./body.ts";
import { denied, injectedFault } from "./injected-fault.ts";
import { createRouter, type Route } from "./route.ts";

/** What the HTTP front needs. */
export interface GoogleFrontOptions {
  readonly apis: readonly GoogleApi[];
  readonly clock: Clock;
  readonly project: Project;
  readonly region: string;
  readonly tokens: AccessTokens;
  /** Permissions nobody has. */
  readonly deniedPermissions: ReadonlySet<string>;
  readonly faults: GoogleFaultScript;
  readonly calls: CallLog;
  readonly validation: GoogleValidation;
  /** 0, the default, takes a free port. */
  readonly port?: number;
}

interface Call {
  readonly route: Route;
  readonly request: WireRequest;
  readonly closed: AbortSignal;
  body: JsonObject;
}

const anonymous: Principal = { member: "allUsers" };

/** Starts the one HTTP server behind which all simulated Google APIs answer, whatever host a client thinks it calls. */
export function startGoogleFront(options: GoogleFrontOptions): Promise<LoopbackServer> {
  const router = createRouter(options.apis);
  return startLoopbackServer((incoming, response) => {
    serve(options, router, incoming, response).catch(() => response.destroy());
  }, options.port);
}

async function serve(
  options: GoogleFrontOptions,
  router: ReturnType<typeof createRouter>,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const arrived = performance.now();
  const at = options.clock.now();
  const request = await readRequest(incoming);
  const control = answerControl(request, options);
  if (control) return send(response, { answer: control });
  const route = router(request.method, request.path);
  if (!route) return send(response, { answer: notFound(request.path) });

  const call: Call = { route, request, closed: closedSignal(response), body: {} };
  const outcome = await carryOut(options, call);
  send(response, outcome);
  options.calls.add({
    at,
    service: route.api.name,
    action: route.method.action,
    input: { ...route.path, ...Object.fromEntries(request.query), ...call.body },
    region: route.path["location"] ?? options.region,
    ...recordOf(outcome),
    milliseconds: performance.now() - arrived,
  });
}

async function carryOut(options: GoogleFrontOptions, call: Call): Promise<Outcome> {
  try {
    return await attempt(options, call);
  } catch (error) {
    return refuse(options, call, error);
  }
}

async function attempt(options: GoogleFrontOptions, call: Call): Promise<Outcome> {
  const { api, method, path } = call.route;
  call.body = readBody(call.request);
  const principal =
    method.permission === undefined
      ? anonymous
      : authenticate(header(call.request, "authorization"), options.tokens, options.clock, api, method);

  const fault = options.faults.strike(api.name, method.action);
  if (fault) {
    const ended = await strike(options, call, fault);
    if (ended) return { ...ended, fault: fault.kind };
  }

  const { permission } = method;
  const foreign = !["-", options.project.id, options.project.number].includes(path["project"] ?? "-");
  if (permission !== undefined && (foreign || options.deniedPermissions.has(permission))) {
    throw denied(permission);
  }
  options.validation.request(api, method, call.request.query, call.body);
  const { body, closed, request } = call;
  const named = path["project"] === options.project.number ? { ...path, project: options.project.id } : path;
  const output = await method.handle({ path: named, query: request.query, body, principal, closed });
  options.validation.answer(api, method, output);
  if (fault?.kind === "lost-answer") return { fault: fault.kind, applied: true };
  return { answer: answerJson(200, output), applied: true, ...(fault ? { fault: fault.kind } : {}) };
}

/** Does what a scripted fault does before the API sees the call; answers the outcome when the call ends there. */
async function strike(
  options: GoogleFrontOptions,
  call: Call,
  fault: GoogleFaultKind,
): Promise<Outcome | undefined> {
  if (isOfTheWay(fault)) return suffer(fault, options.clock, call.closed);
  return refuse(options, call, injectedFault(fault, call.route.api, call.route.method));
}

function refuse(options: GoogleFrontOptions, { route, closed }: Call, error: unknown): Outcome {
  let fault: GoogleFault;
  if (error instanceof GoogleFault) {
    fault = error;
  } else if (closed.aborted) {
    return { applied: false };
  } else {
    options.validation.broken(route.api.name, route.method.action, error);
    fault = new GoogleFault("INTERNAL", `The simulated ${route.api.name} broke: ${error}`);
  }
  const answer = answerJson(fault.http, fault.body(), fault.headers);
  return { answer, errorCode: fault.status, applied: false };
}
