import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { eventually } from "../../support/eventually.ts";
import { notInstalled } from "./tools.ts";

/** A running moto: somebody else's simulated AWS. */
export interface Moto {
  /** Environment that points AWS clients at it. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Starts `moto_server` on a free loopback port; rejects when it is not installed or does not answer. */
export async function startMoto(): Promise<Moto> {
  const port = await freePort();
  const child = spawn("moto_server", ["--host", "127.0.0.1", "--port", String(port)], { stdio: "ignore" });
  const closed = once(child, "close");
  await new Promise<void>((started, failed) => {
    child.once("spawn", started);
    child.once("error", (cause) => failed(notInstalled("moto_server", cause)));
  });
  const url = `http://127.0.0.1:${port}`;
  await eventually(
    `an answer of moto at ${url}`,
    async () => {
      if (child.exitCode !== null) throw new Error(`moto_server ended with ${child.exitCode}.`);
      return fetch(`${url}/moto-api/data.json`).then(
        ({ ok }) => ok,
        () => false,
      );
    },
    30_000,
  );
  return {
    environment: {
      AWS_ENDPOINT_URL: url,
      AWS_REGION: "eu-central-1",
      AWS_DEFAULT_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "AKIATESTING000000001",
      AWS_SECRET_ACCESS_KEY: "testing",
    },
    async close() {
      child.kill("SIGKILL");
      await closed;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (typeof address !== "object" || address === null) throw new Error("The system gave no port.");
  return address.port;
}
