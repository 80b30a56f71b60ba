import { createServer, type RequestListener } from "node:http";

/** A running HTTP server that only this machine can reach. */
export interface LoopbackServer {
  /** `http://127.0.0.1:port`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Stops listening and cuts every open connection. */
  close(): Promise<void>;
}

/**
 * Starts an HTTP server on 127.0.0.1; port 0 takes a free one.
 * Rejects with an error that names the port when it is taken.
 */
export async function startLoopbackServer(listener: RequestListener, port = 0): Promise<LoopbackServer> {
  const server = createServer(
    // Longer than any client keeps idle connections, so that the server never closes one a client is about to use.
    { keepAliveTimeout: 120_000, requestTimeout: 0 },
    listener,
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "EADDRINUSE"
          ? new Error(`Port ${port} on 127.0.0.1 is taken. Choose another port, or 0 for a free one.`)
          : error,
      ),
    );
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    close() {
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
