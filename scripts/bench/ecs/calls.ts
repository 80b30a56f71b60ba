/** The calls of one deployment, counted at the simulated API. */

import { EventEmitter } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deployToEcs } from "#ship/aws";
import {
  type Clock,
  createCancellation,
  manualClock,
  type Run,
  readEnvironment,
  recordingLog,
  systemExec,
} from "#ship/kit";
import { applySeed, parseSeed, scriptedRuntime, startSimulatedAws } from "#ship/simulators";
import { readDeployInputs } from "../../../actions/deploy-ecs/src/inputs/index.ts";
import { readManifest } from "../../docs/manifest.ts";

/** One deployment: how it ended, how long it took on the simulated clock, and its calls by action. */
export interface Counted {
  readonly result: string;
  readonly seconds: number;
  readonly calls: ReadonlyMap<string, number>;
}

const definition = {
  family: "shop",
  networkMode: "awsvpc",
  containerDefinitions: [{ name: "api", image: "shop:1", memory: 128 }],
};
const seed = {
  clusters: ["production"],
  "task-definitions": [definition],
  services: [{ name: "shop", cluster: "production", "task-definition": "shop", "desired-count": 2 }],
};

/**
 * Deploys a new image to a service of two tasks, and then the same once more.
 * @param root of the repository, whose action.yml holds the defaults
 */
export async function countCalls(root: string): Promise<readonly Counted[]> {
  const inputs = inputsOf(root, {
    "task-definition": "task-definition.json",
    "container-name": "api",
    image: "shop:2",
    service: "shop",
    cluster: "production",
  });
  const time = manualClock();
  await using aws = await startSimulatedAws({ clock: time, runtime: scriptedRuntime(time), models: "none" });
  Object.assign(process.env, aws.environment());
  await applySeed(aws, parseSeed(JSON.stringify(seed), "bench"));
  await time.advance(300_000);
  const workspace = mkdtempSync(join(tmpdir(), "ship-bench-"));
  writeFileSync(join(workspace, "task-definition.json"), JSON.stringify(definition));
  const clock: Clock = {
    now: time.now,
    sleep: (milliseconds) => time.advance(milliseconds),
  };
  try {
    const counted: Counted[] = [];
    for (let deployment = 0; deployment < 2; deployment += 1) {
      const before = aws.calls.all.length;
      const begun = time.now();
      const run = makeRun(clock, { ...inputs, ...aws.environment(), GITHUB_WORKSPACE: workspace });
      const { session, request } = readDeployInputs(run);
      const { outputs } = await deployToEcs(session, request, run);
      const calls = new Map<string, number>();
      for (const { action } of aws.calls.all.slice(before)) calls.set(action, (calls.get(action) ?? 0) + 1);
      counted.push({ result: String(outputs?.["result"]), seconds: (time.now() - begun) / 1_000, calls });
    }
    return counted;
  } finally {
    rmSync(workspace, { recursive: true });
  }
}

/** What the runner puts into the environment: the inputs that are given, and the defaults of the others. */
function inputsOf(root: string, given: Readonly<Record<string, string>>): Record<string, string> {
  const file = join(root, "actions/deploy-ecs/action.yml");
  const { inputs } = readManifest(readFileSync(file, "utf8"), file);
  return Object.fromEntries(
    inputs.map((input) => [`INPUT_${input.name.toUpperCase()}`, given[input.name] ?? input.default ?? ""]),
  );
}

function makeRun(clock: Clock, variables: Readonly<Record<string, string>>): Run {
  const cancellation = createCancellation(new EventEmitter());
  return {
    environment: readEnvironment(variables),
    clock,
    log: recordingLog(),
    redaction: { add() {}, redact: (text) => text },
    cancellation,
    signal: cancellation.signal,
    exec: systemExec,
    fetch: globalThis.fetch,
    setOutputs() {},
    saveState() {},
    state: () => undefined,
    idToken: () => Promise.reject(new Error("A bench has no token endpoint.")),
  };
}
