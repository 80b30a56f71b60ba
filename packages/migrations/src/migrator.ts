/** One migration as it stands in the repository. */
export interface Migration {
  /** The digits its file name begins with, as written: `0002`. */
  readonly version: string;
  readonly name: string;
  /** File name, for messages. */
  readonly file: string;
}

/** One migration as the database remembers it. */
export interface AppliedMigration {
  readonly version: string;
  readonly name: string;
  /** Hex SHA-256 of the file when it was applied. */
  readonly checksum: string;
  readonly startedAt: Date;
  /** Absent when the run died inside a migration that has no transaction. */
  readonly finishedAt: Date | undefined;
}

/** Where a database stands against the files. */
export interface MigrationStatus {
  readonly applied: readonly AppliedMigration[];
  readonly pending: readonly Migration[];
}

/** How an apply is watched and ended. */
export interface ApplyOptions {
  readonly signal: AbortSignal;
  /** Told of each migration once it is recorded as finished. */
  onApplied(migration: Migration): void;
}

/** A migration tool: one adapter each. All calls verify files against history first and throw ShipError `MIGRATION_*`. */
export interface Migrator {
  /** Reads history and files; changes nothing. */
  status(): Promise<MigrationStatus>;
  pending(): Promise<readonly Migration[]>;
  /** Applies what is pending, in order, under a lock; each is recorded once. Cancelling ends the running statement. */
  apply(options: ApplyOptions): Promise<MigrationStatus>;
}
