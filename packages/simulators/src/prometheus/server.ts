import type { IncomingMessage, ServerResponse } from "node:http";
import { type Clock, systemClock } from "#ship/kit";
import { startLoopbackServer } from "../front/loopback-server.ts";
import { answerQuery } from "./answer-query.ts";
import { createPrometheusFaults, type PrometheusFaultRule } from "./faults.ts";
import { createSampleStore, type Labels } from "./samples.ts";

/** How a {@link SimulatedPrometheus} is set up. */
export interface SimulatedPrometheusOptions {
  readonly clock?: Clock;
  /** The path the API stands below, such as `/tenant/shop`. */
  readonly prefix?: string;
  /** The Authorization header without which it answers 401. */
  readonly authorization?: string;
  readonly faults?: readonly PrometheusFaultRule[];
}

/** A query as it arrived. */
export interface ReceivedQuery {
  readonly endpoint: string;
  readonly method: string;
  readonly authorization: string | undefined;
  readonly form: Readonly<Record<string, string>>;
}

/** A stand-in of a Prometheus server that answers queries from recorded samples. */
export interface SimulatedPrometheus {
  /** What `prometheus-url` is set to. */
  readonly url: string;
  /** Adds what a scrape found, at the clock's time unless another is given. */
  scrape(found: readonly { readonly labels: Labels; readonly value: number | "stale" }[], at?: number): void;
  readonly received: readonly ReceivedQuery[];
  readonly faults: ReturnType<typeof createPrometheusFaults>;
  close(): Promise<void>;
}

/** Starts a {@link SimulatedPrometheus} on loopback. */
export async function startSimulatedPrometheus(
  options: SimulatedPrometheusOptions = {},
): Promise<SimulatedPrometheus> {
  const { clock = systemClock, prefix = "" } = options;
  const store = createSampleStore();
  const received: ReceivedQuery[] = [];
  const faults = createPrometheusFaults(options.faults);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = new URL(request.url ?? "/", "http://prometheus");
    const endpoint = address.pathname.slice(`${prefix}/api/v1/`.length);
    const isKnown = address.pathname.startsWith(`${prefix}/api/v1/`);
    const form =
      request.method === "POST" ? new URLSearchParams(await bodyOf(request)) : address.searchParams;
    received.push({
      endpoint,
      method: request.method ?? "",
      authorization: request.headers.authorization,
      form: Object.fromEntries(form),
    });
    if (!isKnown || (endpoint !== "query" && endpoint !== "query_range"))
      return void response.writeHead(404, { "content-type": "text/plain" }).end("404 page not found\n");
    if (options.authorization !== undefined && request.headers.authorization !== options.authorization)
      return void response.writeHead(401, { "content-type": "text/plain" }).end("Unauthorized\n");
    const fault = faults.strike("prometheus", endpoint);
    if (fault?.kind === "reset") return void request.socket.destroy();
    if (fault?.kind === "hang") return;
    if (fault?.kind === "redirect") return void response.writeHead(302, { location: fault.to }).end();
    if (fault?.kind === "page")
      return void response
        .writeHead(fault.status, { "content-type": "text/html" })
        .end("<!doctype html><h1>Sorry</h1>");
    if (fault?.kind === "error") {
      const { status, errorType, error, retryAfter } = fault;
      const headers = retryAfter === undefined ? {} : { "retry-after": retryAfter };
      return send(response, status, { status: "error", errorType, error }, headers);
    }
    const { status, body } = answerQuery(endpoint, form, store.series, clock.now());
    const warned = fault?.kind === "warning" ? { warnings: [fault.warning] } : {};
    send(response, status, { ...(body as object), ...warned });
  }

  const server = await startLoopbackServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  return {
    url: `${server.url}${prefix}`,
    scrape(found, at = clock.now()) {
      for (const { labels, value } of found) store.add(labels, { at, value });
    },
    received,
    faults,
    close: () => server.close(),
  };
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
