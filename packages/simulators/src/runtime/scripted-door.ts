import { createServer, type RequestListener } from "node:http";
import type { Endpoint } from "../ports.ts";

/** The tiny server behind one port of a scripted container. */
export interface Door {
  readonly endpoint: Endpoint;
  /** Stops listening and cuts open connections. */
  close(): void;
}

/**
 * Listens at the wanted loopback endpoint or, where the machine does not allow that (a port below 1024, a second
 * simulation, a system without the whole of 127.0.0.0/8), on a free port of 127.0.0.1.
 */
export async function openDoor(wanted: Endpoint, listener: RequestListener): Promise<Door> {
  return open(wanted, listener).catch(() => open({ host: "127.0.0.1", port: 0 }, listener));
}

function open({ host, port }: Endpoint, listener: RequestListener): Promise<Door> {
  const server = createServer(listener);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      const address = server.address();
      const bound = typeof address === "object" && address !== null ? address.port : port;
      resolve({
        endpoint: { host, port: bound },
        close() {
          server.close();
          server.closeAllConnections();
        },
      });
    });
  });
}
