import { ShipError } from "#ship/kit";
import type { AppliedMigration } from "../migrator.ts";
import { compareVersions, type SqlMigration } from "./files.ts";

/**
 * What is left to apply, after checking that files and history agree.
 * A recorded migration whose file is gone is fine: older code may be deployed against a newer schema.
 * @throws ShipError `MIGRATION_INTERRUPTED`, `MIGRATION_CHANGED`, or `MIGRATION_FILES_INVALID` for files older than what is applied
 */
export function pendingMigrations(
  files: readonly SqlMigration[],
  applied: readonly AppliedMigration[],
): readonly SqlMigration[] {
  const unfinished = applied.find((row) => row.finishedAt === undefined);
  if (unfinished) {
    throw new ShipError(
      "MIGRATION_INTERRUPTED",
      `Migration ${unfinished.version} (${unfinished.name}) was begun at ${unfinished.startedAt.toISOString()} and never finished.`,
      {
        hint: `Check what it has done, then run once with \`resolve: ${unfinished.version}=applied\` or \`resolve: ${unfinished.version}=reverted\`.`,
      },
    );
  }

  const recorded = (file: SqlMigration) =>
    applied.find((row) => compareVersions(row.version, file.version) === 0);
  const changed = files.filter((file) => {
    const row = recorded(file);
    return row !== undefined && row.checksum !== file.checksum;
  });
  if (changed.length > 0) {
    const names = changed.map((file) => file.file);
    throw new ShipError("MIGRATION_CHANGED", `Edited after having been applied: ${names.join(", ")}.`, {
      details: names,
    });
  }

  const pending = files.filter((file) => recorded(file) === undefined);
  const newest = applied.at(-1)?.version;
  const late =
    newest === undefined ? [] : pending.filter((file) => compareVersions(file.version, newest) < 0);
  if (late.length > 0) {
    const names = late.map((file) => file.file);
    throw new ShipError(
      "MIGRATION_FILES_INVALID",
      `Older than the newest applied migration ${newest}: ${names.join(", ")}.`,
      { hint: `Give them versions above ${newest}: they were merged after it was applied.`, details: names },
    );
  }
  return pending;
}
