import { request } from "node:http";
import { isLoopback } from "../loopback.ts";

/** One health check to make. */
export interface ProbeRequest {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly timeoutMilliseconds: number;
}

export type ProbeAnswer =
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "timeout" }
  | { readonly kind: "connection failed" };

/** Asks a target whether it is well. Never rejects. */
export type Probe = (check: ProbeRequest) => Promise<ProbeAnswer>;

/** A real HTTP GET on a fresh connection, as the load balancer's health checker makes it; on loopback only. */
export const httpProbe: Probe = ({ host, port, path, timeoutMilliseconds }) =>
  new Promise((resolve) => {
    if (!isLoopback(host)) return resolve({ kind: "connection failed" });
    const sent = request(
      {
        host,
        port,
        path,
        agent: false,
        headers: { host: `${host}:${port}`, "user-agent": "ELB-HealthChecker/2.0", connection: "close" },
      },
      (answer) => {
        answer.resume();
        clearTimeout(deadline);
        resolve({ kind: "status", status: answer.statusCode ?? 0 });
      },
    );
    const deadline = setTimeout(() => {
      resolve({ kind: "timeout" });
      sent.destroy();
    }, timeoutMilliseconds);
    sent.on("error", () => {
      clearTimeout(deadline);
      resolve({ kind: "connection failed" });
    });
    sent.end();
  });
