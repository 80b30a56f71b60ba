export * from "./migrate.ts";
export * from "./migrator.ts";
export * from "./report.ts";
export { createSqlMigrator, type SqlMigratorOptions } from "./sql/migrator.ts";
