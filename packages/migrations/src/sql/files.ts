import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, ShipError } from "#ship/kit";
import type { Migration } from "../migrator.ts";

/** A migration with its statements. */
export interface SqlMigration extends Migration {
  readonly sql: string;
  /** Hex SHA-256 of the text with line feeds as line ends, so that a checkout on Windows has the same one. */
  readonly checksum: string;
  /** `none` where the file says `-- ship: no-transaction`: it then holds a single statement, such as CREATE INDEX CONCURRENTLY. */
  readonly transaction: "file" | "none";
}

const fileName = /^(\d{1,18})[_-](.+)\.sql$/i;
const noTransaction = /^\s*--\s*ship:\s*no-transaction\s*$/im;
const dollarQuoted = /\$(\w*)\$[\s\S]*?\$\1\$/g;
const ownTransaction = /^\s*(?:BEGIN|COMMIT|ROLLBACK|START\s+TRANSACTION)\s*(?:WORK|TRANSACTION)?\s*;/im;

/**
 * Reads the `<version>_<name>.sql` files of a folder in the order of their numeric versions. Other files are ignored,
 * except `.sql` files without a version.
 * @throws ShipError `FILE_UNREADABLE`, or `MIGRATION_FILES_INVALID` listing every offending file
 */
export async function readMigrations(directory: string): Promise<readonly SqlMigration[]> {
  const names = await listDirectory(directory);
  const problems = names
    .filter((name) => !fileName.test(name))
    .map((name) => `${name} has no version: name it like 0001_what_it_does.sql`);
  const read = await Promise.all(
    names.filter((name) => fileName.test(name)).map((name) => readMigration(directory, name)),
  );
  problems.push(...read.filter((result) => typeof result === "string"));
  const migrations = read.filter((result) => typeof result !== "string");
  migrations.sort((a, b) => compareVersions(a.version, b.version));
  for (const [index, migration] of migrations.entries()) {
    const previous = migrations[index - 1];
    if (previous && compareVersions(previous.version, migration.version) === 0) {
      problems.push(`${previous.file} and ${migration.file} have the same version`);
    }
    if (migration.transaction === "file" && ownTransaction.test(migration.sql.replaceAll(dollarQuoted, ""))) {
      problems.push(
        `${migration.file} has its own BEGIN or COMMIT: each file runs in one transaction, so remove them`,
      );
    }
  }
  if (problems.length > 0) {
    throw new ShipError("MIGRATION_FILES_INVALID", `${directory}: ${problems.join("; ")}.`, {
      details: problems,
    });
  }
  return migrations;
}

/** Orders versions by number, so that `10` follows `9`. */
export function compareVersions(a: string, b: string): number {
  const difference = BigInt(a) - BigInt(b);
  return difference < 0n ? -1 : Number(difference > 0n);
}

async function listDirectory(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).filter((name) => name.toLowerCase().endsWith(".sql"));
  } catch (error) {
    throw new ShipError(
      "FILE_UNREADABLE",
      `The migrations folder ${directory} cannot be read: ${messageOf(error)}.`,
      { cause: error },
    );
  }
}

/** A migration, or what is wrong with its file. A byte order mark is left out: PostgreSQL takes it for a word. */
async function readMigration(directory: string, file: string): Promise<SqlMigration | string> {
  const sql = decode(await readFile(join(directory, file)));
  if (sql === undefined) return `${file} is not UTF-8: save it as UTF-8, or its text would be changed`;
  const [, version = "", name = ""] = fileName.exec(file) ?? [];
  return {
    version,
    name: name.replaceAll(/[_-]+/g, " "),
    file,
    sql,
    checksum: createHash("sha256").update(sql.replaceAll("\r\n", "\n")).digest("hex"),
    transaction: noTransaction.test(sql) ? "none" : "file",
  };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
