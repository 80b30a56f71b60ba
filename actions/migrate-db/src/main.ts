import { runAction } from "#ship/kit";
import { readMigrateInputs } from "./inputs.ts";

await runAction({
  async main(run) {
    const inputs = readMigrateInputs(run);
    const { createSqlMigrator, migrate, reportMigrations } = await import("#ship/migrations");
    const { clock, environment, log, signal } = run;

    const migrator = createSqlMigrator({
      url: inputs["database-url"],
      directory: environment.path(inputs.directory),
      table: inputs.table,
      waitMilliseconds: inputs.wait,
      lockTimeoutMilliseconds: inputs["lock-timeout"],
      resolve: inputs.resolve,
      applicationName: `ship migrate-db ${environment.github.repository} run ${environment.github.runId}`,
      clock,
      log,
    });
    return reportMigrations(await migrate(migrator, { mode: inputs.mode, clock, log, signal }));
  },
});
