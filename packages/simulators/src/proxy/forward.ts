import { type Agent, type IncomingMessage, request, type ServerResponse } from "node:http";
import { performance } from "node:perf_hooks";
import { isLoopback } from "../loopback.ts";
import type { Endpoint } from "../ports.ts";
import { answerOwn } from "./answers.ts";
import { requestHeaders, responseHeaders } from "./headers.ts";

/** What became of one forwarded request. */
export interface Forwarded {
  readonly status: number;
  readonly targetStatus?: number;
  readonly targetConnectionError: boolean;
  /** Seconds until the target's response headers. */
  readonly targetResponseTime?: number;
}

export interface ForwardOptions {
  readonly agent: Agent;
  readonly endpoint: Endpoint;
  readonly listener: { readonly protocol: string; readonly port: number };
  readonly cookies: readonly string[];
  readonly idleTimeoutMilliseconds: number;
}

/**
 * Streams a request to a target and its answer back. A failed connection or a broken answer is 502, silence longer than the
 * idle timeout 504; a target outside loopback counts as one that cannot be reached. `done` is called once, when the
 * answer has ended.
 */
export function forward(
  incoming: IncomingMessage,
  response: ServerResponse,
  options: ForwardOptions,
  done: (outcome: Forwarded) => void,
): void {
  const { agent, endpoint, listener, cookies, idleTimeoutMilliseconds } = options;
  const startedAt = performance.now();
  let finished = false;
  let connected = false;
  const finish = (outcome: Forwarded) => {
    if (finished) return;
    finished = true;
    done(outcome);
  };
  const fail = (status: 502 | 504) => {
    if (finished) return;
    if (response.headersSent) {
      response.destroy();
    } else {
      answerOwn(response, status);
    }
    finish({ status, targetConnectionError: !connected });
  };

  if (!isLoopback(endpoint.host)) {
    incoming.resume();
    fail(502);
    return;
  }
  const sent = request(
    {
      agent,
      host: endpoint.host,
      port: endpoint.port,
      method: incoming.method,
      path: incoming.url,
      headers: requestHeaders(incoming, listener),
    },
    (answer) => {
      const targetStatus = answer.statusCode ?? 502;
      const outcome: Forwarded = {
        status: targetStatus,
        targetStatus,
        targetConnectionError: false,
        targetResponseTime: (performance.now() - startedAt) / 1000,
      };
      response.writeHead(targetStatus, answer.statusMessage, responseHeaders(answer, cookies));
      answer.pipe(response);
      answer.on("end", () => finish(outcome));
      answer.on("error", () => {
        response.destroy();
        finish(outcome);
      });
    },
  );
  sent.on("socket", (socket) => {
    if (!socket.connecting) connected = true;
    else
      socket.once("connect", () => {
        connected = true;
      });
  });
  sent.setTimeout(idleTimeoutMilliseconds, () => {
    fail(504);
    sent.destroy();
  });
  sent.on("error", () => fail(502));
  response.on("close", () => {
    if (finished) return;
    finish({ status: 460, targetConnectionError: false });
    sent.destroy();
  });
  incoming.pipe(sent);
}
