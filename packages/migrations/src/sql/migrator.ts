import type { Clock, Log } from "#ship/kit";
import { createProgress } from "#ship/kit";
import type { ApplyOptions, MigrationStatus, Migrator } from "../migrator.ts";
import { applyMigration } from "./apply.ts";
import { type Connection, cancelBackend, connect, sessionFailure } from "./connection.ts";
import { readMigrations } from "./files.ts";
import { openHistory } from "./history.ts";
import { acquireLock, requireLock } from "./lock.ts";
import { pendingMigrations } from "./plan.ts";

/** A database and a folder of SQL files. */
export interface SqlMigratorOptions {
  /** PostgreSQL connection string. */
  readonly url: string;
  /** Absolute path of the folder. */
  readonly directory: string;
  /** History table, `name` or `schema.name`. */
  readonly table: string;
  /** How long to wait for another migration to end. */
  readonly waitMilliseconds: number;
  /** How long a statement may queue for a table lock. */
  readonly lockTimeoutMilliseconds: number;
  /** Settles migrations that an earlier run left half-way, by version. */
  readonly resolve: Readonly<Record<string, "applied" | "reverted">>;
  /** Shown in pg_stat_activity: which run this is. */
  readonly applicationName: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Plain SQL files, each applied once in a transaction of its own, under an advisory lock. */
export function createSqlMigrator(options: SqlMigratorOptions): Migrator {
  const status: Migrator["status"] = () =>
    withConnection(options, async (connection) => {
      const files = await readMigrations(options.directory);
      const applied = await openHistory(connection, options.table).read();
      return { applied, pending: pendingMigrations(files, applied) };
    });
  return {
    status,
    pending: async () => (await status()).pending,
    async apply(run) {
      const files = await readMigrations(options.directory);
      return withConnection(options, (connection) => applyAll(connection, files, options, run));
    },
  };
}

async function applyAll(
  connection: Connection,
  files: Awaited<ReturnType<typeof readMigrations>>,
  options: SqlMigratorOptions,
  { signal, onApplied }: ApplyOptions,
): Promise<MigrationStatus> {
  const { clock, log } = options;
  const history = openHistory(connection, options.table);
  const progress = createProgress(log, clock);
  const cancelStatement = () => {
    cancelBackend(options.url, connection.pid).catch(() =>
      log.warning("The running statement could not be cancelled."),
    );
  };
  signal.addEventListener("abort", cancelStatement, { once: true });
  try {
    await acquireLock(connection, {
      clock,
      signal,
      timeoutMilliseconds: options.waitMilliseconds,
      scope: options.table,
      onWait: (holder) => progress.update(`Waiting for the migration lock held by ${holder}`),
    });
    await history.prepare();
    for (const [version, as] of Object.entries(options.resolve)) await history.resolve(version, as);

    // Read after the lock is held: another run may have applied some in the meantime.
    for (const migration of pendingMigrations(files, await history.read())) {
      signal.throwIfAborted();
      log.info(`Applying ${migration.file}`);
      await applyMigration(connection, history, migration, {
        clock,
        signal,
        lockTimeoutMilliseconds: options.lockTimeoutMilliseconds,
        requireLock: () => requireLock(connection, options.table),
        onRetry: (message) => log.info(message),
      });
      onApplied(migration);
    }
    const applied = await history.read();
    return { applied, pending: pendingMigrations(files, applied) };
  } finally {
    signal.removeEventListener("abort", cancelStatement);
  }
}

async function withConnection<T>(
  options: SqlMigratorOptions,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await connect(options.url, options.applicationName);
  try {
    return await work(connection);
  } catch (error) {
    throw sessionFailure(error);
  } finally {
    await connection.close();
  }
}
