import pg from "pg";
import { type Clock, messageOf, retry, ShipError } from "#ship/kit";
import { type Connection, sqlState } from "./connection.ts";
import type { SqlMigration } from "./files.ts";
import type { History } from "./history.ts";

/** How one file is applied. */
export interface ApplyOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How long a statement may queue for a table lock: everyone behind it waits as well. */
  readonly lockTimeoutMilliseconds: number;
  /** Throws when the session that is about to work does not hold the migration lock. */
  requireLock(): Promise<void>;
  onRetry(message: string): void;
}

/**
 * What a file sets for its session ends with it: pg_dump empties the search_path, and neither the history table nor the next
 * file could be found.
 */
const freshSession = "RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL";

const lockNotAvailable = "55P03";
const transient = new Set([lockNotAvailable, "40P01", "40001"]);
const insideTransaction = "25001";
const policy = { attempts: 8, baseMilliseconds: 500, capMilliseconds: 10_000, budgetMilliseconds: 120_000 };

/**
 * Applies one migration and records it, both or neither where the file runs in a transaction.
 * Lock timeouts, deadlocks and serialisation failures roll the file back and try it again.
 * @throws ShipError `MIGRATION_FAILED` with file, line and the database's own words
 */
export async function applyMigration(
  connection: Connection,
  history: History,
  migration: SqlMigration,
  options: ApplyOptions,
): Promise<void> {
  try {
    if (migration.transaction === "none") return await applyAlone(connection, history, migration, options);
    await retry(() => applyInTransaction(connection, history, migration, options), {
      clock: options.clock,
      signal: options.signal,
      policy,
      judge: (error) => (transient.has(sqlState(error) ?? "") ? "retry" : "give-up"),
      onRetry: (error, attempt) =>
        options.onRetry(`${migration.file}: ${messageOf(error)}; attempt ${attempt + 1}`),
    });
  } catch (error) {
    if (options.signal.aborted) throw options.signal.reason;
    throw error instanceof ShipError ? error : failure(migration, error);
  }
}

async function applyInTransaction(
  { client }: Connection,
  history: History,
  migration: SqlMigration,
  options: ApplyOptions,
): Promise<void> {
  await client.query("BEGIN");
  try {
    await client.query(`SET LOCAL lock_timeout = ${Math.round(options.lockTimeoutMilliseconds)}`);
    await options.requireLock();
    const before = await transactionId(client);
    await history.begin(migration);
    // A cancellation ends the statement it meets; between two of them it meets none.
    options.signal.throwIfAborted();
    await client.query(migration.sql);
    await client.query(freshSession);
    if ((await transactionId(client)) !== before) {
      throw new ShipError(
        "MIGRATION_FAILED",
        `${migration.file} ended the transaction it ran in; it may be applied in part.`,
        {
          hint: "Remove BEGIN, COMMIT and ROLLBACK from the file, and check what it has done.",
        },
      );
    }
    await history.finish(migration);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {});
    throw error;
  }
}

async function transactionId(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<{ id: string }>("SELECT pg_current_xact_id()::text AS id");
  return rows[0]?.id;
}

/** The extended protocol takes a single statement, and a single statement is no transaction block. */
async function applyAlone(
  { client }: Connection,
  history: History,
  migration: SqlMigration,
  options: ApplyOptions,
): Promise<void> {
  await options.requireLock();
  await history.begin(migration);
  try {
    await client.query({ text: migration.sql, queryMode: "extended" } as pg.QueryConfig);
  } catch (error) {
    // A refused single statement has changed nothing but, at most, left an invalid index: the row must not block the fix.
    if (sqlState(error) !== undefined) await history.resolve(migration.version, "reverted");
    throw error;
  }
  await client.query(freshSession);
  await history.finish(migration);
}

function failure(migration: SqlMigration, error: unknown): ShipError {
  if (!(error instanceof pg.DatabaseError)) {
    return new ShipError("MIGRATION_FAILED", `${migration.file}: ${messageOf(error)}.`, { cause: error });
  }
  const line = error.position ? `:${lineAt(migration.sql, Number(error.position))}` : "";
  const extra = [error.detail, error.hint, error.where].filter((text) => text !== undefined);
  const needsAlone = error.code === insideTransaction;
  return new ShipError(
    "MIGRATION_FAILED",
    `${migration.file}${line}: ${error.message} (SQLSTATE ${error.code}).`,
    {
      cause: error,
      details: extra,
      ...(needsAlone && {
        hint: "Put this statement alone into a file that says `-- ship: no-transaction`.",
      }),
    },
  );
}

/** PostgreSQL counts characters from 1. */
function lineAt(sql: string, position: number): number {
  return sql.slice(0, position - 1).split("\n").length;
}
