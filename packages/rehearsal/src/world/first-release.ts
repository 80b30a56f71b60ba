import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runWorkflow } from "../runner/index.ts";
import { type EnvironmentName, environmentNames } from "./account.ts";
import { places, sampleRepository, suite } from "./places.ts";

/** What the release before this rehearsal did to the databases: its own migration and no later one. */
const workflow = `on: workflow_dispatch
jobs:
  migrate:
    strategy:
      matrix:
        environment: [${environmentNames.join(", ")}]
    environment: \${{ matrix.environment }}
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - uses: ${suite.replace("@", "/migrate-db@")}
        with:
          database-url: \${{ secrets.DATABASE_URL }}
`;

/** How to migrate. */
export interface FirstReleaseOptions {
  /** Empty or absent folder for the workflow and its machines. */
  readonly directory: string;
  readonly databaseUrl: (environment: EnvironmentName) => string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Brings both databases to where the old release left them, with the real migrate-db. Rejects with its error. */
export async function migrateFirstRelease(options: FirstReleaseOptions): Promise<void> {
  const { directory, databaseUrl, environment } = options;
  const repository = join(directory, "repository");
  const first = "migrations/0001_create_orders.sql";
  await mkdir(join(repository, "migrations"), { recursive: true });
  await mkdir(join(repository, ".github/workflows"), { recursive: true });
  await cp(join(places.sample, first), join(repository, first));
  await writeFile(join(repository, ".github/workflows/migrate.yml"), workflow);

  const { result, jobs } = await runWorkflow({
    workflow: ".github/workflows/migrate.yml",
    repository: { name: sampleRepository, directory: repository },
    workspace: join(directory, "machines"),
    event: { name: "workflow_dispatch" },
    repositories: { [suite]: places.dist },
    environments: Object.fromEntries(
      environmentNames.map((name) => [name, { secrets: { DATABASE_URL: databaseUrl(name) } }]),
    ),
    environment,
  });
  if (result === "success") return;
  const [reason] = Object.values(jobs)
    .flatMap((job) => [...job.annotations, ...job.steps.flatMap((step) => step.annotations)])
    .filter(({ level }) => level === "error");
  throw new Error(`The databases could not be prepared: ${reason?.message ?? "migrate-db said nothing"}`);
}
