import { createHash } from "node:crypto";
import { type Clock, formatDuration, poll, ShipError } from "#ship/kit";
import type { Connection } from "./connection.ts";

/** How the lock is waited for. */
export interface LockOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly timeoutMilliseconds: number;
  /** What the lock guards: the history table's name. */
  readonly scope: string;
  onWait(holder: string): void;
}

const pollMilliseconds = 500;

/**
 * Takes the session-level advisory lock of this database by asking again and again. A blocking wait would hold a snapshot
 * and deadlock with CREATE INDEX CONCURRENTLY of the holder. The lock ends with the session, so a killed run leaves none.
 * @throws ShipError `MIGRATION_LOCKED` naming the holder
 */
export async function acquireLock(connection: Connection, options: LockOptions): Promise<void> {
  const key = lockKey(options.scope);
  await poll(
    async () => {
      const { rows } = await connection.client.query<{ locked: boolean }>(
        "SELECT pg_try_advisory_lock($1) AS locked",
        [key],
      );
      if (rows[0]?.locked) return true;
      options.onWait(await describeHolder(connection, key));
      return undefined;
    },
    {
      clock: options.clock,
      signal: options.signal,
      everyMilliseconds: pollMilliseconds,
      timeoutMilliseconds: options.timeoutMilliseconds,
      onTimeout: () =>
        new ShipError(
          "MIGRATION_LOCKED",
          `The migration lock was not free within ${formatDuration(options.timeoutMilliseconds)}.`,
        ),
    },
  ).catch(async (error) => {
    if (!(error instanceof ShipError) || error.code !== "MIGRATION_LOCKED") throw error;
    throw new ShipError(
      "MIGRATION_LOCKED",
      `${error.message} It is held by ${await describeHolder(connection, key)}.`,
    );
  });
}

/**
 * Makes sure that this very session still holds the lock. Behind a transaction pooler each transaction may run in another one.
 * @throws ShipError `MIGRATION_LOCKED` when it does not
 */
export async function requireLock(connection: Connection, scope: string): Promise<void> {
  const { rows } = await connection.client.query<{ held: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_locks l WHERE l.pid = pg_backend_pid() AND ${isLock}) AS held`,
    [lockKey(scope)],
  );
  if (rows[0]?.held) return;
  throw new ShipError(
    "MIGRATION_LOCKED",
    "The session that took the migration lock is not the one that works.",
    {
      hint: "Give `database-url` a direct connection: a transaction pooler hands each transaction to another session.",
    },
  );
}

/** The granted lock with key $1 of this database, among `pg_locks l`. */
const isLock = `l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND ((l.classid::bigint << 32) | l.objid::bigint) = $1::bigint`;

/** A signed 64-bit key; PostgreSQL keeps advisory locks per database, so the scope alone tells products apart. */
function lockKey(scope: string): string {
  return createHash("sha256").update(`ship:migrations:${scope}`).digest().readBigInt64BE().toString();
}

async function describeHolder(connection: Connection, key: string): Promise<string> {
  const { rows } = await connection.client.query<{ pid: number; application: string; age: string }>(
    `SELECT a.pid, a.application_name AS application, date_trunc('second', now() - a.backend_start)::text AS age
       FROM pg_locks l JOIN pg_stat_activity a USING (pid)
      WHERE ${isLock}`,
    [key],
  );
  const [holder] = rows;
  return holder
    ? `process ${holder.pid} ("${holder.application}", connected for ${holder.age})`
    : "a session that has just ended";
}
