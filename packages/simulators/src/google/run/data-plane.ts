import {
  Agent,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from "node:http";
import { performance } from "node:perf_hooks";
import { isLoopback } from "../../loopback.ts";
import type { Endpoint } from "../../ports.ts";
import { requestHeaders, responseHeaders } from "../../proxy/headers.ts";
import { durationMilliseconds, text } from "../values.ts";
import type { RunContext } from "./context.ts";
import type { Instances } from "./instances.ts";
import type { Revision, Service, ServingTarget } from "./model.ts";

/** Where requests come in: one address per service, and one per tag. */
export interface DataPlane {
  /** Opens the addresses a service has by now and closes those of tags that are gone. */
  open(service: Service): Promise<void>;
  /** `http://127.0.0.1:port` of a service or of one of its tags; undefined before it was opened. */
  url(service: Service, tag?: string): string | undefined;
  close(service?: Service): Promise<void>;
}

/** Chooses by weight; undefined when nothing has any. `random` is in [0, 1). */
export function chooseTarget(targets: readonly ServingTarget[], random: number): ServingTarget | undefined {
  let rest = random * targets.reduce((sum, target) => sum + target.percent, 0);
  for (const target of targets) {
    if (rest < target.percent) return target;
    rest -= target.percent;
  }
  return undefined;
}

interface Door {
  readonly server: Server;
  readonly url: string;
}

export function createDataPlane(context: RunContext, instances: Instances): DataPlane {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 64 });
  const doors = new Map<Service, Map<string, Door>>();

  const serve = async (
    service: Service,
    tag: string,
    incoming: IncomingMessage,
    response: ServerResponse,
  ) => {
    const target =
      tag === ""
        ? chooseTarget(service.serving, context.random())
        : service.serving.find((each) => each.tag === tag);
    const revision = target && service.revisions.get(target.serves);
    if (!revision) return answerOwn(response, 404, "Page not found");
    const outcome = await instances
      .use(service, revision, ({ endpoint }) => forward(agent, endpoint, revision, incoming, response))
      .catch(() => undefined);
    // What no container could take is not counted as a request of the revision.
    if (!outcome) return answerOwn(response, 503, "Service Unavailable");
    const { id, location } = service;
    context.onRequest({ at: context.clock.now(), service: id, location, revision: revision.id, ...outcome });
  };

  const openDoor = (service: Service, tag: string): Promise<Door> =>
    new Promise((resolve, reject) => {
      const server = createServer((incoming, response) => {
        serve(service, tag, incoming, response).catch(() => response.destroy());
      });
      server.keepAliveTimeout = 60_000;
      server.once("error", reject);
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        const port = typeof address === "object" && address !== null ? address.port : 0;
        resolve({ server, url: `http://127.0.0.1:${port}` });
      });
    });

  const shut = ({ server }: Door): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });

  const openAll = async (service: Service) => {
    const open = doors.get(service) ?? new Map<string, Door>();
    doors.set(service, open);
    const wanted = [
      "",
      ...service.traffic.flatMap(({ tag }) => tag ?? []),
      ...service.serving.flatMap(({ tag }) => tag ?? []),
    ];
    for (const tag of new Set(wanted)) if (!open.has(tag)) open.set(tag, await openDoor(service, tag));
    for (const [tag, door] of open) {
      if (wanted.includes(tag)) continue;
      open.delete(tag);
      await shut(door);
    }
  };
  const turns = new Map<Service, Promise<void>>();

  return {
    open(service) {
      const turn = (turns.get(service) ?? Promise.resolve())
        .catch(() => undefined)
        .then(() => openAll(service));
      turns.set(service, turn);
      return turn;
    },
    url: (service, tag = "") => doors.get(service)?.get(tag)?.url,
    async close(service) {
      const closing = service ? [service] : [...doors.keys()];
      await Promise.all(closing.flatMap((each) => [...(doors.get(each)?.values() ?? [])].map(shut)));
      for (const each of closing) doors.delete(each);
      if (!service) agent.destroy();
    },
  };
}

interface Outcome {
  readonly status: number;
  /** Milliseconds. */
  readonly latency: number;
}

/**
 * Streams a request to an instance and its answer back. A connection that fails is 503, silence longer than the
 * revision's `timeout` 504 (https://cloud.google.com/run/docs/troubleshooting).
 */
function forward(
  agent: Agent,
  endpoint: Endpoint,
  revision: Revision,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<Outcome> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const finish = (status: number) => resolve({ status, latency: performance.now() - startedAt });
    if (!isLoopback(endpoint.host)) return reject(new Error(`${endpoint.host} is not on this machine.`));
    const sent = request(
      {
        agent,
        host: endpoint.host,
        port: endpoint.port,
        method: incoming.method,
        path: incoming.url,
        headers: requestHeaders(incoming, { protocol: "https", port: 443 }),
      },
      (answer) => {
        const status = answer.statusCode ?? 502;
        response.writeHead(status, answer.statusMessage, responseHeaders(answer, []));
        answer.pipe(response);
        answer.on("end", () => finish(status));
        answer.on("error", () => {
          response.destroy();
          finish(status);
        });
      },
    );
    sent.setTimeout(durationMilliseconds(text(revision.template, "timeout")) ?? 300_000, () => {
      if (response.headersSent) response.destroy();
      else answerOwn(response, 504, "upstream request timeout");
      finish(504);
      sent.destroy();
    });
    sent.on("error", () => {
      if (response.headersSent) response.destroy();
      else answerOwn(response, 503, "Service Unavailable");
      finish(503);
    });
    response.on("close", () => {
      if (response.writableFinished) return;
      finish(499);
      sent.destroy();
    });
    incoming.pipe(sent);
  });
}

/** Answers in Cloud Run's own name. */
function answerOwn(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { server: "Google Frontend", "content-type": "text/plain" });
  response.end(message);
}
