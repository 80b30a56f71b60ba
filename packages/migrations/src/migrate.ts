import { type Clock, type Log, type ShipError, toShipError } from "#ship/kit";
import type { Migration, MigrationStatus, Migrator } from "./migrator.ts";
import type { MigrationOutcome } from "./report.ts";

/** What a migrate step is asked to do. */
export interface MigrateOptions {
  readonly mode: "apply" | "plan";
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Brings a database up to date, or says what would run. Every end is an outcome: what stands is read again after a failure. */
export async function migrate(migrator: Migrator, options: MigrateOptions): Promise<MigrationOutcome> {
  const begun = options.clock.now();
  const appliedNow: Migration[] = [];
  const ended = (
    result: MigrationOutcome["result"],
    status: MigrationStatus | undefined,
    failure?: ShipError,
  ) => ({
    result,
    appliedNow,
    status,
    took: options.clock.now() - begun,
    ...(failure && { failure }),
  });
  try {
    if (options.mode === "plan") return ended("planned", await migrator.status());
    const status = await options.log.group("Apply migrations", () =>
      migrator.apply({ signal: options.signal, onApplied: (migration) => appliedNow.push(migration) }),
    );
    return ended(appliedNow.length > 0 ? "applied" : "unchanged", status);
  } catch (error) {
    const failure = toShipError(error);
    return ended(
      failure.kind === "cancelled" ? "cancelled" : "failed",
      await statusAfter(migrator, failure),
      failure,
    );
  }
}

/** After a failure the report shows where the database stands, if it can still be asked. */
async function statusAfter(migrator: Migrator, failure: ShipError): Promise<MigrationStatus | undefined> {
  if (failure.code === "DATABASE_UNREACHABLE") return undefined;
  try {
    return await migrator.status();
  } catch {
    return undefined;
  }
}
