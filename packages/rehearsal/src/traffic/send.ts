import { Agent, request } from "node:http";
import type { Visit } from "./visitor.ts";

/** What came back; `status` is absent when the connection broke or the time was up. */
export interface Answer {
  readonly status?: number;
  readonly release: string;
  readonly body: string;
}

/** Sends requests to one base URL over kept connections. */
export interface Sender {
  /** Never rejects: a broken connection and an abort are answers without a status. */
  send(visit: Visit, signal: AbortSignal): Promise<Answer>;
  close(): void;
}

/** Creates a {@link Sender} with at most `sockets` connections. */
export function createSender(url: string, sockets: number): Sender {
  const agent = new Agent({ keepAlive: true, maxSockets: sockets, maxFreeSockets: 64 });

  const sendOnce = (visit: Visit, signal: AbortSignal) =>
    new Promise<Answer | "stale">((resolve) => {
      const outgoing = request(new URL(visit.path, url), {
        agent,
        method: visit.method,
        signal,
        headers:
          visit.body === undefined
            ? {}
            : { "content-type": "application/json", "content-length": Buffer.byteLength(visit.body) },
      });
      outgoing.on("response", (incoming) => {
        const header = incoming.headers["x-release"];
        const release = typeof header === "string" && header !== "" ? header : "none";
        let body = "";
        incoming.setEncoding("utf8");
        incoming.on("data", (chunk: string) => {
          body += chunk;
        });
        incoming.on("error", () => resolve({ release, body }));
        incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, release, body }));
      });
      outgoing.on("error", (error) => {
        const reset = "code" in error && error.code === "ECONNRESET";
        const stale = reset && outgoing.reusedSocket && visit.method === "GET" && !signal.aborted;
        resolve(stale ? "stale" : { release: "none", body: "" });
      });
      outgoing.end(visit.body);
    });

  return {
    async send(visit, signal) {
      const answer = await sendOnce(visit, signal);
      if (answer !== "stale") return answer;
      // A server may close an idle connection just as it is used again. Browsers repeat a GET then (RFC 9110, 9.2.2).
      const repeated = await sendOnce(visit, signal);
      return repeated === "stale" ? { release: "none", body: "" } : repeated;
    },
    close: () => agent.destroy(),
  };
}
