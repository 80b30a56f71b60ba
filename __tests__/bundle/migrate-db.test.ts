import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import pg from "pg";
import { type Postgres, startPostgres } from "#ship/rehearsal";
import { runStep } from "./runner-step.ts";

let folder: string;
let postgres: Postgres;
let url: string;
let count = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ship-migrate-"));
  postgres = await startPostgres({ directory: folder });
});
afterAll(async () => {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  count += 1;
  await postgres.createDatabase(`shop${count}`);
  url = postgres.url(`shop${count}`);
});

function migrations(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(folder, "migrations-"));
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(directory, name), sql);
  return directory;
}

async function query<T extends pg.QueryResultRow>(sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

const tables = async () =>
  (
    await query<{ name: string }>(
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
    )
  ).map(({ name }) => name);

describe("the migrate-db bundle", () => {
  it("applies pending files once and says unchanged the second time", async () => {
    const directory = migrations({
      "0001_create_orders.sql": "CREATE TABLE orders (id bigint PRIMARY KEY);",
      "0002_add_note.sql": "ALTER TABLE orders ADD COLUMN note text;",
      "0010_index.sql": "-- ship: no-transaction\nCREATE INDEX CONCURRENTLY orders_note ON orders (note);",
    });
    const first = await runStep({ action: "migrate-db", inputs: { "database-url": url, directory } });
    expect(first.errors).toEqual([]);
    expect(first).toMatchObject({
      exitCode: 0,
      outputs: { result: "applied", "applied-count": "3", "current-version": "0010", pending: "" },
    });
    expect(first.summary).toContain("Database migrated");

    const second = await runStep({ action: "migrate-db", inputs: { "database-url": url, directory } });
    expect(second).toMatchObject({ exitCode: 0, outputs: { result: "unchanged", "applied-count": "0" } });
    expect(await query("SELECT version FROM ship_migrations ORDER BY 1")).toHaveLength(3);
  });

  it("plans without changing anything", async () => {
    const directory = migrations({ "0001_create.sql": "CREATE TABLE orders (id bigint);" });
    const step = await runStep({
      action: "migrate-db",
      inputs: { "database-url": url, directory, mode: "plan" },
    });
    expect(step).toMatchObject({ exitCode: 0, outputs: { result: "planned", pending: "0001_create.sql" } });
    expect(await tables()).toEqual([]);
  });

  it("reports every input mistake at once, never the secret, and touches nothing", async () => {
    const step = await runStep({
      action: "migrate-db",
      inputs: { "database-url": "mysql://user:hunter2secret@db/shop", directry: "x", wait: "soon" },
    });
    expect(step.exitCode).toBe(1);
    expect(step.errors).toHaveLength(1);
    expect(step.errors[0]).toContain("INPUT_INVALID: 3 inputs need a change");
    expect(step.errors[0]).toContain("directry is not an input of this action; the nearest is directory");
    expect(step.errors[0]).toContain('wait is "soon"');
    expect(step.stdout.replaceAll(/^::add-mask::.*$/gm, "")).not.toContain("hunter2secret");
    expect(await tables()).toEqual([]);
  });

  it("names the file, the line and the database's words when a statement fails, and keeps what came before", async () => {
    const directory = migrations({
      "0001_create.sql": "CREATE TABLE orders (id bigint);",
      "0002_broken.sql": "CREATE TABLE extra (id bigint);\n\nSELECT totl FROM orders;",
    });
    const step = await runStep({ action: "migrate-db", inputs: { "database-url": url, directory } });
    expect(step.exitCode).toBe(1);
    expect(step.errors[0]).toContain('MIGRATION_FAILED: 0002_broken.sql:3: column "totl" does not exist');
    expect(step.outputs).toMatchObject({
      result: "failed",
      "applied-count": "1",
      pending: "0002_broken.sql",
    });
    expect(await tables()).toEqual(["orders", "ship_migrations"]);
  });

  it("says that the database cannot be reached without showing the password", async () => {
    const directory = migrations({ "0001_create.sql": "SELECT 1;" });
    const step = await runStep({
      action: "migrate-db",
      inputs: { "database-url": "postgres://ship:correcthorse@127.0.0.1:1/shop", directory },
    });
    expect(step.exitCode).toBe(1);
    expect(step.errors[0]).toContain("DATABASE_UNREACHABLE: 127.0.0.1:1/shop as ship");
    expect(step.stdout.replaceAll(/^::add-mask::.*$/gm, "")).not.toContain("correcthorse");
  });

  it("rolls the running file back within the runner's grace time when cancelled", async () => {
    const directory = migrations({
      "0001_create.sql": "CREATE TABLE orders (id bigint);",
      "0002_slow.sql": "CREATE TABLE slow (id bigint); SELECT pg_sleep(60);",
    });
    const step = await runStep({
      action: "migrate-db",
      inputs: { "database-url": url, directory },
      interruptAt: /Applying 0002_slow/,
    });
    expect(step.exitCode).toBe(1);
    expect(step.tookToStop).toBeLessThan(7_000);
    expect(step.outputs).toMatchObject({ result: "cancelled", "applied-count": "1" });
    expect(await tables()).toEqual(["orders", "ship_migrations"]);
    expect(
      await query(
        "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND state = 'active' AND pid <> pg_backend_pid()",
      ),
    ).toEqual([]);
  });

  it("goes on where a killed run stopped, and records each file once", async () => {
    const create = { "0001_create.sql": "CREATE TABLE orders (id bigint);" };
    await runStep({ action: "migrate-db", inputs: { "database-url": url, directory: migrations(create) } });
    const inputs = {
      "database-url": url,
      "lock-timeout": "100ms",
      directory: migrations({ ...create, "0002_add_note.sql": "ALTER TABLE orders ADD COLUMN note text;" }),
    };

    const reader = new pg.Client({ connectionString: url });
    await reader.connect();
    await reader.query("BEGIN; LOCK TABLE orders");
    const killed = await runStep({
      action: "migrate-db",
      inputs,
      killAt: /0002_add_note\.sql: .*; attempt 2/,
    });
    await reader.end();
    expect(killed.exitCode).toBeNull();

    const again = await runStep({ action: "migrate-db", inputs });
    expect(again).toMatchObject({
      exitCode: 0,
      outputs: { result: "applied", applied: "0002_add_note.sql" },
    });
    expect(await query("SELECT version FROM ship_migrations ORDER BY 1")).toHaveLength(2);
  });

  it("never shows the password of a URL that cannot be read", async () => {
    const step = await runStep({
      action: "migrate-db",
      inputs: { "database-url": "postgres://ship:correct#horse@127.0.0.1:1/shop", directory: migrations({}) },
    });
    expect(step.errors).toEqual([expect.stringContaining("INPUT_INVALID: database-url cannot be read")]);
    expect(step.stdout.replaceAll(/^::add-mask::.*$/gm, "")).not.toContain("correct#horse");
  });
});
