import pg from "pg";
import type { Incident } from "../disturbance/index.ts";
import type { EndState, Release, RunEnd, ServingState } from "../scenario/index.ts";
import type { Experiences } from "../traffic/index.ts";
import { environmentNames } from "./account.ts";
import { oldVersion } from "./releases.ts";
import { healthyTargets, serviceNames } from "./services.ts";
import { candidateShare, shareHistory } from "./split.ts";
import type { World } from "./world.ts";

/** What the run and the traffic know at the end. */
export interface Witnesses {
  readonly runs: readonly RunEnd[];
  readonly users: Experiences;
  /** Over the last seconds alone. */
  readonly lately: Experiences;
  readonly incident: Incident | undefined;
}

/** Asks the simulated cloud and the databases how things stand. */
export async function inspect(world: World, witnesses: Witnesses): Promise<EndState> {
  const { runs, users, lately, incident } = witnesses;
  const share = candidateShare(world);
  const history = shareHistory(world);
  const migrations: Record<string, readonly string[]> = {};
  for (const name of environmentNames) migrations[name] = await appliedMigrations(world.databaseUrl(name));
  return {
    runs,
    releases: { old: serving(world, "old", 1 - share), new: serving(world, "new", share) },
    answering: answering(lately),
    highestShare: Math.max(0, ...history.map((change) => change.share)),
    stepsBack: history.filter(({ share: now }, index) => now < (history[index - 1]?.share ?? 0)).length,
    ...(incident === undefined
      ? {}
      : {
          sharesInIncident: history
            .filter(({ at }) => at > incident.from && at < incident.to)
            .map((change) => change.share),
        }),
    migrations,
    users,
  };
}

/**
 * The tasks that run a release in production. The old one is the revision of the task definition that was there first:
 * which service runs which is for the cloud to say, not for the names of the services.
 */
function serving({ aws, production }: World, release: Release, share: number): ServingState {
  const tasks = [...aws.ecs.state.tasks.values()].filter(
    ({ cluster, lastStatus, desiredStatus, definition }) =>
      cluster.name === "production" &&
      lastStatus === "RUNNING" &&
      desiredStatus === "RUNNING" &&
      (definition.revision === 1) === (release === "old"),
  );
  const services = [...new Set(tasks.flatMap((task) => task.owner?.service.name ?? []))].sort();
  const groups = services.map((name) =>
    name === serviceNames.blue ? production.blueArn : production.greenArn,
  );
  return {
    share,
    services,
    runningTasks: tasks.length,
    healthyTargets: groups.reduce((sum, arn) => sum + healthyTargets(aws, arn), 0),
  };
}

function answering(lately: Experiences): EndState["answering"] {
  const counts = { old: 0, new: 0 };
  for (const [version, { requests }] of lately) {
    if (version === "none") continue;
    counts[version === oldVersion ? "old" : "new"] += requests;
  }
  return counts;
}

async function appliedMigrations(url: string): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ version: string }>(
      "SELECT version FROM ship_migrations WHERE finished_at IS NOT NULL ORDER BY version",
    );
    return rows.map((row) => row.version);
  } finally {
    await client.end();
  }
}
