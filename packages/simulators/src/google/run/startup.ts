import { connect } from "node:net";
import { httpProbe, type Probe } from "../../elbv2/probe.ts";
import { isLoopback } from "../../loopback.ts";
import type { Endpoint } from "../../ports.ts";
import { isScripted, scriptedProbe } from "../../scripted-probe.ts";
import type { JsonObject } from "../../service.ts";
import { numeric, object, text } from "../values.ts";
import type { RunContext } from "./context.ts";

/** How a container that starts is looked at; times in seconds as the user gave them. */
export interface StartupCheck {
  readonly path: string | undefined;
  readonly initialDelay: number;
  readonly period: number;
  readonly timeout: number;
  readonly failureThreshold: number;
}

/** The startup check of a container; a TCP connection for up to 240 s unless the template has a probe. */
export function startupCheckOf(container: JsonObject): StartupCheck {
  const probe = object(container, "startupProbe");
  const http = object(probe, "httpGet");
  return {
    path: Object.hasOwn(probe, "httpGet") ? (text(http, "path") ?? "/") : undefined,
    initialDelay: numeric(probe, "initialDelaySeconds") ?? 0,
    period: numeric(probe, "periodSeconds") ?? 10,
    timeout: numeric(probe, "timeoutSeconds") ?? 1,
    failureThreshold: numeric(probe, "failureThreshold") ?? 3,
  };
}

/**
 * Waits until a container has started; answers whether it did within its check's time. Rejects with the signal's
 * reason when `signal` aborts, as when the container ended.
 */
export async function started(
  context: RunContext,
  endpoint: Endpoint,
  check: StartupCheck,
  signal: AbortSignal,
): Promise<boolean> {
  const { clock, pace } = context;
  const look = looker(context);
  await clock.sleep(check.initialDelay * pace.second, signal);
  // A TCP check is one long attempt, an HTTP check one attempt per period.
  const limit = check.period * check.failureThreshold * pace.second;
  const step = check.path === undefined ? pace.startupCheck : check.period * pace.second;
  for (let waited = 0; waited < limit; waited += step) {
    signal.throwIfAborted();
    if (await look(endpoint, check)) return true;
    await clock.sleep(step, signal);
  }
  return false;
}

type Look = (endpoint: Endpoint, check: StartupCheck) => Promise<boolean>;

function looker({ runtime }: RunContext): Look {
  if (isScripted(runtime)) {
    const probe = scriptedProbe(runtime);
    return (endpoint, check) => answersWell(probe, endpoint, check);
  }
  return (endpoint, check) =>
    check.path === undefined ? listens(endpoint) : answersWell(httpProbe, endpoint, check);
}

async function answersWell(probe: Probe, { host, port }: Endpoint, check: StartupCheck): Promise<boolean> {
  const answer = await probe({
    host,
    port,
    path: check.path ?? "/",
    timeoutMilliseconds: check.timeout * 1_000,
  });
  return answer.kind === "status" && answer.status >= 200 && answer.status < 400;
}

function listens({ host, port }: Endpoint): Promise<boolean> {
  return new Promise((resolve) => {
    if (!isLoopback(host)) return resolve(false);
    const socket = connect({ host, port });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}
