import pg from "pg";
import type { AppliedMigration } from "../migrator.ts";
import type { Connection } from "./connection.ts";
import { compareVersions, type SqlMigration } from "./files.ts";

/** What the database remembers of migrations, in one table. */
export interface History {
  /** Creates the table where it is missing. */
  prepare(): Promise<void>;
  /** Applied migrations in the order of their versions; none while there is no table. */
  read(): Promise<readonly AppliedMigration[]>;
  begin(migration: SqlMigration): Promise<void>;
  finish(migration: SqlMigration): Promise<void>;
  /** Settles a migration that an earlier run left half-way. */
  resolve(version: string, as: "applied" | "reverted"): Promise<void>;
}

interface Row {
  version: string;
  name: string;
  checksum: string;
  started_at: Date;
  finished_at: Date | null;
}

/** Opens the history kept in `table` (`name` or `schema.name`) over a session. */
export function openHistory(connection: Connection, table: string): History {
  const { client } = connection;
  const quoted = table.split(".").map(pg.escapeIdentifier).join(".");
  return {
    async prepare() {
      await client.query(
        `CREATE TABLE IF NOT EXISTS ${quoted} (
           version text PRIMARY KEY,
           name text NOT NULL,
           checksum text NOT NULL,
           started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
           finished_at timestamptz,
           applied_by text NOT NULL DEFAULT current_setting('application_name')
         )`,
      );
    },
    async read() {
      const { rows: known } = await client.query<{ table: string | null }>(
        "SELECT to_regclass($1)::text AS table",
        [quoted],
      );
      if (!known[0]?.table) return [];
      const { rows } = await client.query<Row>(
        `SELECT version, name, checksum, started_at, finished_at FROM ${quoted}`,
      );
      return rows
        .map((row) => ({
          version: row.version,
          name: row.name,
          checksum: row.checksum,
          startedAt: row.started_at,
          finishedAt: row.finished_at ?? undefined,
        }))
        .sort((a, b) => compareVersions(a.version, b.version));
    },
    async begin(migration) {
      await client.query(`INSERT INTO ${quoted} (version, name, checksum) VALUES ($1, $2, $3)`, [
        migration.version,
        migration.name,
        migration.checksum,
      ]);
    },
    async finish(migration) {
      await client.query(`UPDATE ${quoted} SET finished_at = clock_timestamp() WHERE version = $1`, [
        migration.version,
      ]);
    },
    async resolve(version, as) {
      const unfinished = "version = $1 AND finished_at IS NULL";
      await client.query(
        as === "applied"
          ? `UPDATE ${quoted} SET finished_at = clock_timestamp() WHERE ${unfinished}`
          : `DELETE FROM ${quoted} WHERE ${unfinished}`,
        [version],
      );
    },
  };
}
