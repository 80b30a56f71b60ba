import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import pg from "pg";
import { manualClock, recordingLog } from "#ship/kit";
import { createSqlMigrator, type MigrationOutcome, migrate } from "#ship/migrations";
import { type Postgres, startPostgres } from "#ship/rehearsal";

let folder: string;
let postgres: Postgres;
let database: string;
let count = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ship-migrations-"));
  postgres = await startPostgres({ directory: folder });
});
afterAll(async () => {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  count += 1;
  database = `shop${count}`;
  await postgres.createDatabase(database);
});

function run(
  files: Readonly<Record<string, string | Buffer>>,
  url = postgres.url(database),
): Promise<MigrationOutcome> {
  const directory = mkdtempSync(join(folder, "files-"));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  const log = recordingLog();
  const migrator = createSqlMigrator({
    url,
    directory,
    table: "ship_migrations",
    waitMilliseconds: 0,
    lockTimeoutMilliseconds: 1_000,
    resolve: {},
    applicationName: "test",
    clock: manualClock(),
    log,
  });
  const { signal } = new AbortController();
  return migrate(migrator, { mode: "apply", clock: manualClock(), log, signal });
}

async function query(sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: postgres.url(database) });
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: "array" })).rows;
  } finally {
    await client.end();
  }
}

const said = ({ failure }: MigrationOutcome) => `${failure?.code}: ${failure?.message} — ${failure?.hint}`;

describe("migration files", () => {
  it("are the same on a Windows checkout, and may begin with a byte order mark or be empty", async () => {
    const sql = "CREATE TABLE orders (\n  id bigint\n);\n";
    const windows = `\uFEFF${sql.replaceAll("\n", "\r\n")}`;
    expect(await run({ "1_orders.sql": windows, "2_nothing.sql": "" })).toMatchObject({ result: "applied" });
    expect(await run({ "1_orders.sql": sql, "2_nothing.sql": "" })).toMatchObject({ result: "unchanged" });
  });

  it("are refused before anything runs when they are not UTF-8", async () => {
    const outcome = await run({
      "1_orders.sql": "SELECT 1;",
      "2_names.sql": Buffer.from("SELECT 'J\xf6rg';", "latin1"),
    });
    expect(said(outcome)).toContain("MIGRATION_FILES_INVALID");
    expect(said(outcome)).toContain("2_names.sql is not UTF-8");
    expect(await query("SELECT to_regclass('ship_migrations')")).toEqual([[null]]);
  });

  it("do not disturb those after them, whatever they set for their session", async () => {
    const outcome = await run({
      "1_dump.sql":
        "SELECT pg_catalog.set_config('search_path', '', false); CREATE TABLE public.orders (id bigint);",
      "2_role.sql": "CREATE ROLE clerk; SET ROLE clerk;",
      "3_note.sql": "ALTER TABLE orders ADD COLUMN note text;",
    });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.appliedNow).toHaveLength(3);
  });

  it("are not begun by a session that no longer holds the lock, as behind a transaction pooler", async () => {
    const outcome = await run({
      "1_unlock.sql": "SELECT pg_advisory_unlock_all();",
      "2_next.sql": "CREATE TABLE x ();",
    });
    expect(said(outcome)).toMatch(/MIGRATION_LOCKED: .* — Give `database-url` a direct connection/);
    expect(await query("SELECT to_regclass('x')")).toEqual([[null]]);
  });
});

describe("a database that cannot be migrated", () => {
  it("is said to be read-only when it is a replica", async () => {
    await query(`ALTER DATABASE ${database} SET default_transaction_read_only = on`);
    const outcome = await run({ "1_orders.sql": "CREATE TABLE orders ();" });
    expect(said(outcome)).toMatch(/MIGRATION_FAILED: .*read-only.*25006.* — Give the address of the primary/);
  });

  it("says which grant is missing", async () => {
    await query("CREATE ROLE reader LOGIN PASSWORD 'books'");
    const url = new URL(postgres.url(database));
    url.username = "reader";
    url.password = "books";
    const outcome = await run({ "1_orders.sql": "CREATE TABLE orders ();" }, url.href);
    expect(said(outcome)).toMatch(
      /MIGRATION_FAILED: .*permission denied for schema public.* — Grant the user/,
    );
  });

  it.each(["p#w", "p/w"])("has a URL whose password must be encoded: %s", async (password) => {
    const outcome = await run({ "1_a.sql": "SELECT 1;" }, `postgres://shop:${password}@127.0.0.1:5432/shop`);
    expect(said(outcome)).toMatch(/^INPUT_INVALID: database-url cannot be read: .* — Percent-encode/);
    expect(said(outcome)).not.toContain(password);
  });

  it("has a URL that names a certificate which is not there", async () => {
    const outcome = await run(
      { "1_a.sql": "SELECT 1;" },
      "postgres://shop@127.0.0.1:5432/shop?sslmode=verify-full&sslrootcert=/nowhere/ca.pem",
    );
    expect(said(outcome)).toMatch(/INPUT_INVALID: .*\/nowhere\/ca\.pem/);
  });
});
