import { mkdir, mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ContainerRuntime, SimulatedAws } from "#ship/simulators";
import { type Postgres, startPostgres } from "../database/index.ts";
import type { OwnedProcesses } from "../processes/index.ts";
import type { Scenario } from "../scenario/index.ts";
import { type EnvironmentName, environmentNames, startAccount } from "./account.ts";
import { createPairBalancer, createSingleBalancer, type PairBalancer } from "./balancers.ts";
import { behaviour } from "./configuration.ts";
import { migrateFirstRelease } from "./first-release.ts";
import { readTaskDefinition } from "./releases.ts";
import { createSampleRepository, type SampleRepository } from "./repository.ts";
import { startOldRelease } from "./services.ts";

/** Everything a rehearsal runs against, all on this machine. */
export interface World {
  /** Holds every file of the rehearsal; removed at its end. */
  readonly folder: string;
  readonly aws: SimulatedAws;
  readonly postgres: Postgres;
  readonly production: PairBalancer;
  readonly repository: SampleRepository;
  /** Environment of every step: endpoints, but no credentials and nothing of the user's home. */
  readonly stepEnvironment: Readonly<Record<string, string>>;
  databaseUrl(environment: EnvironmentName): string;
}

/** How tasks run, and what of. */
export interface TaskPlan {
  readonly runtime: ContainerRuntime;
  /** Image of the old release. */
  readonly oldImage: string;
}

/** What the world is made of. */
export interface WorldOptions {
  readonly owned: OwnedProcesses;
  readonly scenario: Scenario;
  readonly tasks: TaskPlan;
  /** Told of what is there, for the terminal. */
  readonly say: (line: string) => void;
}

/** Creates the folder of a rehearsal, which `owned` removes. */
export async function createFolder(owned: OwnedProcesses): Promise<string> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), "ship-rehearsal-"));
  owned.ownFolder(folder);
  return folder;
}

/**
 * Builds the world in `folder`: databases, account, load balancers and the old release serving in both environments.
 * What was started is stopped through `stack`, whatever happens.
 */
export async function buildWorld(
  folder: string,
  { owned, scenario, tasks, say }: WorldOptions,
  stack: AsyncDisposableStack,
): Promise<World> {
  const within = async (name: string) => {
    const path = join(folder, name);
    await mkdir(path, { recursive: true });
    return path;
  };
  const home = await within("home");
  const repository = await createSampleRepository(join(folder, "repository"));
  const postgres = await startPostgres({ directory: folder, owned });
  stack.defer(() => postgres.stop());
  for (const name of environmentNames) await postgres.createDatabase(name);
  const databaseUrl = (name: EnvironmentName) => postgres.url(name);
  say(`PostgreSQL on port ${postgres.port}, databases ${environmentNames.join(" and ")}`);

  const aws = await startAccount({ runtime: tasks.runtime, databaseUrl, images: await within("images") });
  stack.defer(() => aws.close());
  const stepEnvironment = {
    AWS_ENDPOINT_URL: aws.url,
    AWS_EC2_METADATA_DISABLED: "true",
    HOME: home,
  };
  await migrateFirstRelease({ directory: await within("first"), databaseUrl, environment: stepEnvironment });
  const staging = await createSingleBalancer(aws);
  const production = await createPairBalancer(aws);
  say(`simulated AWS on ${aws.url}, production's load balancer on ${production.url}`);
  const oldRelease = readTaskDefinition({ image: tasks.oldImage, environment: behaviour(scenario, "old") });
  await startOldRelease(aws, oldRelease, { staging, production });
  return { folder, aws, postgres, production, repository, stepEnvironment, databaseUrl };
}
