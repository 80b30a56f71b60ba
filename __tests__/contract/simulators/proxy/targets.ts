import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { Endpoint } from "#ship/simulators";

/** A real HTTP server on loopback that stands for a task. */
export interface RunningTarget extends Endpoint {
  readonly seen: IncomingMessage[];
  readonly server: Server;
  close(): Promise<void>;
}

/** Starts a target; without a listener it answers 200 and its name. */
export async function startTarget(name: string, answer?: RequestListener): Promise<RunningTarget> {
  const seen: IncomingMessage[] = [];
  const server: Server = createServer((incoming, response) => {
    if (incoming.headers["user-agent"] !== "ELB-HealthChecker/2.0") seen.push(incoming);
    if (answer && incoming.url !== "/") return answer(incoming, response);
    response.end(name);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("The target has no address.");
  return {
    host: "127.0.0.1",
    port: address.port,
    seen,
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
