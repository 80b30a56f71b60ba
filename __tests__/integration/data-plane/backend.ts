import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How a release behaves; may be changed at any time. */
export interface Behaviour {
  /** Share of requests that fail, a fraction. */
  errors: number;
  /** Milliseconds an answer takes at least. */
  delay: number;
}

/** One real process-like server of a release, which counts its answer times as client libraries do. */
export interface Backend extends AsyncDisposable {
  readonly port: number;
}

/** Seconds. */
const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

/** Starts a backend on loopback. It answers every path, `/healthz` for the load balancer and `/metrics` for Prometheus. */
export async function startBackend(release: string, behaviour: Behaviour): Promise<Backend> {
  const counts = bounds.map(() => 0);
  let [total, sum] = [0, 0];

  const serve = (request: IncomingMessage, response: ServerResponse) => {
    const begun = performance.now();
    const isBad = Math.random() < behaviour.errors;
    setTimeout(() => {
      response.writeHead(isBad ? 500 : 200, { "content-type": "application/json", "x-release": release });
      response.end("[]");
      const seconds = (performance.now() - begun) / 1_000;
      for (const [index, bound] of bounds.entries())
        if (seconds <= bound) counts[index] = (counts[index] ?? 0) + 1;
      total += 1;
      sum += seconds;
    }, behaviour.delay);
    request.resume();
  };
  const metrics = () =>
    [
      "# TYPE shop_duration_seconds histogram",
      ...bounds.map(
        (bound, index) => `shop_duration_seconds_bucket{release="${release}",le="${bound}"} ${counts[index]}`,
      ),
      `shop_duration_seconds_bucket{release="${release}",le="+Inf"} ${total}`,
      `shop_duration_seconds_sum{release="${release}"} ${sum}`,
      `shop_duration_seconds_count{release="${release}"} ${total}`,
      "",
    ].join("\n");

  const server = createServer((request, response) => {
    if (request.url === "/healthz") response.end("ok");
    else if (request.url === "/metrics")
      response.writeHead(200, { "content-type": "text/plain" }).end(metrics());
    else serve(request, response);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
