import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { type OwnedProcesses, signalGroup } from "../processes/index.ts";
import { copyUnreachableEngine } from "./engine-copy.ts";
import { freePort } from "./free-port.ts";
import { type HostReport, parseReport } from "./host-protocol.ts";
import { letOthersReach } from "./reachable.ts";

const HOST = fileURLToPath(new URL("database-host.ts", import.meta.url));
const USER = "ship";
/** A free port can be taken by somebody else between finding and using it. */
const ATTEMPTS = 3;

/** How to start the server. */
export interface PostgresOptions {
  /** Existing folder in which the server makes (and at its end removes) a folder of its own. */
  readonly directory: string;
  /** TCP port on 127.0.0.1; a free one when absent. */
  readonly port?: number;
  /** Also watches the server's processes; the server ends with its parent without it, too. */
  readonly owned?: OwnedProcesses;
}

/** A running PostgreSQL server that ends with this process, however this process ends. */
export interface Postgres {
  readonly port: number;
  /** Connection URL with user and password, as programs take it from `DATABASE_URL`. */
  url(database: string): string;
  /** Creates an empty database. Rejects when it exists. */
  createDatabase(name: string): Promise<void>;
  /** Shuts down at once, cutting connections, and removes all files. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts an empty PostgreSQL 18 on 127.0.0.1 with a random password; works as root, too, where it runs as user postgres.
 * Rejects with the server's own words when it cannot start.
 */
export async function startPostgres({ directory, port, owned }: PostgresOptions): Promise<Postgres> {
  if (process.getuid?.() === 0) await letOthersReach(directory);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOn(port ?? (await freePort()), directory, owned);
    } catch (error) {
      const taken = error instanceof Error && error.message.includes("Address already in use");
      if (!taken || port !== undefined || attempt === ATTEMPTS) throw error;
    }
  }
}

async function startOn(port: number, parent: string, owned: OwnedProcesses | undefined): Promise<Postgres> {
  const directory = await mkdtemp(join(parent, "postgres-"));
  const engine = process.getuid?.() === 0 ? await prepareForAnotherUser(directory) : undefined;
  const password = randomBytes(18).toString("base64url");
  const host = spawn(process.execPath, ["--no-warnings", HOST], {
    cwd: directory,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  owned?.own(host);
  const ended = new Promise<void>((resolve) => host.once("close", () => resolve()));
  // The pipe breaks when the host ends early; what it said before is the better error.
  host.stdin.on("error", () => undefined);
  host.stdin.write(`${JSON.stringify({ directory, port, user: USER, password, engine })}\n`);

  const stop = async () => {
    host.stdin.end();
    await ended;
    if (host.pid !== undefined) signalGroup(host.pid, "SIGKILL");
    await rm(directory, { recursive: true, force: true });
  };
  const report = await firstReport(host);
  if (report.kind === "failed") {
    await stop();
    throw new Error(`PostgreSQL could not start on 127.0.0.1:${port} in ${directory}: ${report.reason}`);
  }

  const url = (database: string) =>
    `postgresql://${USER}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
  return {
    port,
    url,
    async createDatabase(name) {
      const client = new pg.Client({ connectionString: url("postgres") });
      await client.connect();
      try {
        await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
      } finally {
        await client.end();
      }
    },
    stop,
  };
}

/** Opens the server's own folder, and answers the URL of an engine in it where the installed one is out of reach. */
async function prepareForAnotherUser(directory: string): Promise<string | undefined> {
  await chmod(directory, 0o711);
  return copyUnreachableEngine(directory);
}

/** What the host says first; its standard error when it ends without a word. */
function firstReport(host: ChildProcess): Promise<HostReport> {
  return new Promise((resolve) => {
    let errors = "";
    host.stderr?.on("data", (chunk) => {
      errors += chunk;
    });
    if (host.stdout !== null) {
      createInterface({ input: host.stdout }).on("line", (line) => {
        const report = parseReport(line);
        if (report !== undefined) resolve(report);
      });
    }
    host.once("error", (error) => resolve({ kind: "failed", reason: error.message }));
    host.once("close", (code, signal) =>
      resolve({ kind: "failed", reason: `its process ended (${signal ?? code}). ${errors.trim()}` }),
    );
  });
}
