/** A loopback server that only notices that it was called. */
import { createServer } from "node:http";

/** The stub's address, and a promise of its next request. */
export interface Stub extends AsyncDisposable {
  readonly url: string;
  nextCall(): Promise<void>;
}

/** Starts the stub on a free port. Every request is answered 500. */
export function startStub(): Promise<Stub> {
  let waiting: (() => void)[] = [];
  const server = createServer((_request, response) => {
    for (const notice of waiting) notice();
    waiting = [];
    response.writeHead(500).end();
  });
  return new Promise((resolve, reject) => {
    server.on("error", reject).listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") return reject(new Error("The stub has no port."));
      resolve({
        url: `http://127.0.0.1:${address.port}`,
        nextCall: () => new Promise((notice) => waiting.push(notice)),
        async [Symbol.asyncDispose]() {
          server.closeAllConnections();
          await new Promise((closed) => server.close(closed));
        },
      });
    });
  });
}
