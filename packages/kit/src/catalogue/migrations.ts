import type { ErrorDefinition } from "../errors.ts";

/** Database migrations. */
export const migrationErrors = {
  DATABASE_UNREACHABLE: {
    kind: "provider",
    title: "The database does not answer",
    explanation: "No connection could be made, or the server refused the login.",
    remedy: "Check the host, port, user and database of the URL, and that this runner can reach it.",
  },
  MIGRATION_FILES_INVALID: {
    kind: "input",
    title: "The migration files cannot be applied in order",
    explanation:
      "A file name has no version, two files share one, or a file is older than what is already applied.",
    remedy: "Rename the listed files so that each has its own, increasing version.",
  },
  MIGRATION_CHANGED: {
    kind: "conflict",
    title: "An applied migration was edited",
    explanation: "The checksum of a file differs from the one recorded when it was applied.",
    remedy: "Restore the file as it was applied, and put the change into a new migration.",
  },
  MIGRATION_LOCKED: {
    kind: "timeout",
    title: "Another migration holds the lock",
    explanation:
      "The advisory lock was held by another session for longer than the limit; its holder is named.",
    remedy: "Wait for the named session to end, or end it, then run again.",
  },
  MIGRATION_FAILED: {
    kind: "provider",
    title: "A migration failed",
    explanation:
      "The database refused a statement; the file, line and the database's own words are in the message.",
    remedy: "Fix the named file. Files applied before it stay applied and are not run again.",
  },
  MIGRATION_INTERRUPTED: {
    kind: "conflict",
    title: "An earlier run died inside a migration",
    explanation: "A file that cannot run in a transaction was begun and never recorded as finished.",
    remedy: "Look at what the named file has done, finish or revert it by hand, then mark it with `resolve`.",
  },
} as const satisfies Record<string, ErrorDefinition>;
