import pg from "pg";
import { isShipError, messageOf, ShipError } from "#ship/kit";

/** A session of the database; `pid` is its backend, for cancelling and for naming lock holders. */
export interface Connection {
  readonly client: pg.Client;
  readonly pid: number;
  close(): Promise<void>;
}

const connectMilliseconds = 10_000;

/**
 * Opens a session that shows up in pg_stat_activity under `applicationName`.
 * @throws ShipError `INPUT_INVALID` when the URL cannot be read; `DATABASE_UNREACHABLE` naming host, port and database, never
 *   the password
 */
export async function connect(url: string, applicationName: string): Promise<Connection> {
  const client = createClient(url, applicationName);
  // A connection that breaks while idle is reported by the next query; without a listener it would end the process.
  client.on("error", () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    return { client, pid: rows[0]?.pid ?? 0, close: () => client.end().catch(() => {}) };
  } catch (error) {
    await client.end().catch(() => {});
    const where = `${client.host}:${client.port}/${client.database ?? ""}`;
    throw new ShipError("DATABASE_UNREACHABLE", `${where} as ${client.user ?? "?"}: ${messageOf(error)}.`, {
      cause: error,
    });
  }
}

function createClient(url: string, applicationName: string): pg.Client {
  try {
    return new pg.Client({
      connectionString: url,
      application_name: applicationName.slice(0, 63),
      connectionTimeoutMillis: connectMilliseconds,
      keepAlive: true,
    });
  } catch (error) {
    throw new ShipError("INPUT_INVALID", `database-url cannot be read: ${messageOf(error)}.`, {
      hint: "Percent-encode special characters of user and password (# is %23, / is %2F, % is %25), and check port and files of the URL.",
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

const hints: Readonly<Record<string, string>> = {
  "25006": "Give the address of the primary: this server is a replica, or was made read-only.",
  "42501": "Grant the user of the URL what is named, or use the user that owns the schema.",
};

/**
 * Says in ship's terms what a session answered outside a migration file.
 * @returns ShipError `MIGRATION_FAILED` with the database's own words, or `DATABASE_UNREACHABLE` where the connection broke
 */
export function sessionFailure(error: unknown): ShipError {
  if (isShipError(error)) return error;
  const state = sqlState(error);
  if (state === undefined)
    return new ShipError("DATABASE_UNREACHABLE", `The connection broke: ${messageOf(error)}.`, {
      cause: error,
    });
  const hint = hints[state];
  return new ShipError("MIGRATION_FAILED", `The database refused: ${messageOf(error)} (SQLSTATE ${state}).`, {
    cause: error,
    ...(hint !== undefined && { hint }),
  });
}
