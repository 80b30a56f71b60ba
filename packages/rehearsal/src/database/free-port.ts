import { createServer } from "node:net";

/** A TCP port nothing listens on at 127.0.0.1 right now. Another program may still take it before it is used. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === "object") resolve(address.port);
        else reject(new Error("The machine gave no TCP port on 127.0.0.1."));
      });
    });
  });
}
