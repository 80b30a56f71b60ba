import { readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { type Program, startProgram } from "../../support/program.ts";

const SHOP = join(process.cwd(), "examples/shop-api");

/** A running release of the sample app. */
export interface Release {
  readonly program: Program;
  readonly url: string;
  get(
    path: string,
  ): Promise<{ readonly status: number; readonly release: string | null; readonly body: unknown }>;
  post(path: string, body: unknown): Promise<{ readonly status: number; readonly body: unknown }>;
}

/** Starts the server on a free port with this environment, without waiting. */
export function spawnShop(environment: Readonly<Record<string, string>>): Program {
  return startProgram(join(SHOP, "server.js"), { PORT: "0", ...environment });
}

/** Starts a release and waits until it listens. */
export async function startRelease(environment: Readonly<Record<string, string>>): Promise<Release> {
  const program = spawnShop(environment);
  const port = (await program.printed(/"message":"listening".*"port":(\d+)/))[1];
  const url = `http://127.0.0.1:${port}`;
  return {
    program,
    url,
    async get(path) {
      const answer = await fetch(url + path);
      return { status: answer.status, release: answer.headers.get("x-release"), body: await answer.json() };
    },
    async post(path, body) {
      const answer = await fetch(url + path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: typeof body === "string" ? body : JSON.stringify(body),
      });
      return { status: answer.status, body: await answer.json() };
    },
  };
}

/** Applies one migration file in a transaction, as a migration tool does. */
export async function migrate(url: string, file: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("BEGIN");
    await client.query(readFileSync(join(SHOP, "migrations", file), "utf8"));
    await client.query("COMMIT");
  } finally {
    await client.end();
  }
}
