import { type ActionOutcome, markdown, type ShipError } from "#ship/kit";
import type { AppliedMigration, Migration, MigrationStatus } from "./migrator.ts";

/** How a migrate step ended. */
export interface MigrationOutcome {
  readonly result: "applied" | "unchanged" | "planned" | "failed" | "cancelled";
  /** Applied by this step, in order; some may be even when it failed. */
  readonly appliedNow: readonly Migration[];
  /** Where the database stands; absent when it could not be asked. */
  readonly status: MigrationStatus | undefined;
  readonly failure?: ShipError;
  /** Milliseconds. */
  readonly took: number;
}

/** Turns an outcome into outputs and summary. */
export function reportMigrations(outcome: MigrationOutcome): ActionOutcome {
  const pending = outcome.status?.pending;
  const current = outcome.status?.applied.filter((row) => row.finishedAt).at(-1)?.version;
  return {
    outputs: {
      result: outcome.result,
      applied: outcome.appliedNow.map(({ file }) => file).join("\n"),
      "applied-count": outcome.appliedNow.length,
      pending: pending?.map(({ file }) => file).join("\n"),
      "current-version": current,
      "target-version": pending === undefined ? undefined : (pending.at(-1)?.version ?? current),
      "duration-ms": Math.round(outcome.took),
    },
    summary: summarise(outcome),
    ...(outcome.failure && { failure: outcome.failure }),
  };
}

const headlines = {
  applied: "Database migrated",
  unchanged: "Database is up to date",
  planned: "Database migrations that would run",
  failed: "Database migration failed",
  cancelled: "Database migration cancelled",
} as const;

function summarise(outcome: MigrationOutcome): string {
  const { appliedNow, failure } = outcome;
  const rows = [
    ...appliedNow.map((migration) => row(migration, "applied now")),
    ...(outcome.status?.pending ?? []).map((migration) => row(migration, "pending")),
    ...earlier(outcome.status?.applied ?? [], appliedNow),
  ];
  const reason = failure && `${failure.code}: ${markdown.escapeMarkdown(failure.message)}`;
  return markdown.page(
    markdown.heading(3, headlines[outcome.result]),
    reason,
    rows.length > 0 ? markdown.table(["Version", "Migration", "State"], rows) : undefined,
  );
}

function row(migration: { readonly version: string; readonly name: string }, state: string): string[] {
  return [markdown.code(migration.version), markdown.escapeMarkdown(migration.name), state];
}

const mostEarlier = 5;

function earlier(applied: readonly AppliedMigration[], appliedNow: readonly Migration[]): string[][] {
  const isNew = new Set(appliedNow.map(({ version }) => version));
  return applied
    .filter(({ version }) => !isNew.has(version))
    .slice(-mostEarlier)
    .reverse()
    .map((migration) => row(migration, migration.finishedAt ? "applied earlier" : "begun, never finished"));
}
