import pg from "pg";
import { messageOf, ShipError } from "#ship/kit";

/** A session of the database; `pid` is its backend, for cancelling and for naming lock holders. */
export interface Connection {
  readonly client: pg.Client;
  readonly pid: number;
  close(): Promise<void>;
}

const connectMilliseconds = 10_000;

/**
 * Opens a session that shows up in pg_stat_activity under `applicationName`.
 * @throws ShipError `DATABASE_UNREACHABLE` naming host, port and database, never the password
 */
export async function connect(url: string, applicationName: string): Promise<Connection> {
  const client = new pg.Client({
    connectionString: url,
    application_name: applicationName.slice(0, 63),
    connectionTimeoutMillis: connectMilliseconds,
    keepAlive: true,
  });
  // A connection that breaks while idle is reported by the next query; without a listener it would end the process.
  client.on("error", () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    return { client, pid: rows[0]?.pid ?? 0, close: () => client.end().catch(() => {}) };
  } catch (error) {
    await client.end().catch(() => {});
    const where = `${client.host}:${client.port}/${client.database ?? ""}`;
    throw new ShipError("DATABASE_UNREACHABLE", `${where} as ${client.user ?? "?"}: ${reason(error)}.`, {
      cause: error,
    });
  }
}

/** Ends the statement that a session is running, from another session. */
export async function cancelBackend(url: string, pid: number): Promise<void> {
  const other = await connect(url, "ship: cancel");
  try {
    await other.client.query("SELECT pg_cancel_backend($1)", [pid]);
  } finally {
    await other.close();
  }
}

/** SQLSTATE of a server error; `undefined` for anything else. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

function reason(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join(", ");
  return messageOf(error);
}
