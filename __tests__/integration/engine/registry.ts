/** A real registry with basic authentication on loopback, from the docker-registry program. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Registry extends AsyncDisposable {
  /** `127.0.0.1:port`, as it stands in image names. */
  readonly address: string;
  readonly user: string;
  readonly password: string;
}

const user = "AWS";
const password = "a-registry-token";
// bcrypt of `password`, the only form of password the registry accepts.
const accounts = `${user}:$2b$05$5lNIo8I7qAyjo5UMBKAACuHscB8Q5PlNPQjK4HIGrOGYpoiR6kkZG\n`;
const startMilliseconds = 20_000;

/** Starts a registry that keeps its images in a temporary folder. Fails with the registry's log when it does not answer. */
export async function startRegistry(): Promise<Registry> {
  const folder = mkdtempSync(join(tmpdir(), "ship-registry-"));
  const address = `127.0.0.1:${await freePort()}`;
  writeFileSync(join(folder, "accounts"), accounts);
  writeFileSync(
    join(folder, "config.yml"),
    JSON.stringify({
      version: 0.1,
      storage: { filesystem: { rootdirectory: join(folder, "images") } },
      http: { addr: address },
      auth: { htpasswd: { realm: "ship", path: join(folder, "accounts") } },
    }),
  );
  const program = spawn("docker-registry", ["serve", join(folder, "config.yml")], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stop = async () => {
    await stopped(program);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await answers(program, address);
  } catch (error) {
    await stop();
    throw error;
  }
  return { address, user, password, [Symbol.asyncDispose]: stop };
}

async function answers(program: ChildProcess, address: string): Promise<void> {
  let log = "";
  let failure: string | undefined;
  const keep = (text: Buffer) => {
    log += text;
  };
  program.stdout?.on("data", keep);
  program.stderr?.on("data", keep);
  program.on("error", (error) => {
    failure = error.message;
  });
  program.on("exit", (status) => {
    failure = `it ended with ${status}`;
  });
  const end = Date.now() + startMilliseconds;
  while (Date.now() < end && failure === undefined) {
    const status = await fetch(`http://${address}/v2/`).then(
      (response) => response.status,
      () => undefined,
    );
    if (status === 401) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`docker-registry does not answer on ${address}: ${failure ?? "time is up"}.\n${log}`);
}

function stopped(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null || program.pid === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    program.on("exit", () => resolve());
    program.kill();
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject).listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
