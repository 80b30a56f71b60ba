import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { deployToEcs } from "#ship/aws";
import { type ManualClock, manualClock } from "#ship/kit";
import {
  applySeed,
  ecsRequestRates,
  parseSeed,
  type SimulatedAws,
  scriptedRuntime,
  startSimulatedAws,
} from "#ship/simulators";
import { sharedTime } from "../../../support/shared-time.ts";
import { cluster, makeRun, serviceTarget, usual, withImage } from "./world.ts";

const names = Array.from({ length: 50 }, (_, index) => `shop-${index + 1}`);
const definitionOf = (family: string) => ({
  family,
  networkMode: "awsvpc",
  containerDefinitions: [{ name: "api", image: "shop:1", memory: 128 }],
});

let time: ManualClock;
let aws: SimulatedAws;
let workspace: string;
beforeEach(async () => {
  time = manualClock();
  aws = await startSimulatedAws({
    clock: time,
    runtime: scriptedRuntime(time),
    requestRates: ecsRequestRates,
  });
  Object.assign(process.env, aws.environment());
  const services = names.map((name) => ({ name, cluster, "task-definition": name, "desired-count": 1 }));
  const seed = { clusters: [cluster], "task-definitions": names.map(definitionOf), services };
  await applySeed(aws, parseSeed(JSON.stringify(seed), "matrix.test.ts"));
  await time.advance(300_000);
  workspace = mkdtempSync(join(tmpdir(), "ship-matrix-"));
  for (const name of names)
    writeFileSync(join(workspace, `${name}.json`), JSON.stringify(definitionOf(name)));
});
afterEach(async () => {
  rmSync(workspace, { recursive: true });
  await aws.close();
});

it("deploys 50 services side by side within the request quotas of an account", async () => {
  const together = sharedTime(time);
  const begun = time.now();
  const deploy = async (name: string) => {
    const { clock, leave } = together.join();
    const { run } = makeRun(clock, workspace, new Map(), {}, name);
    const session = { region: "eu-central-1", roleToAssume: undefined };
    const request = {
      ...usual,
      taskDefinition: `${name}.json`,
      changes: withImage("shop:2"),
      target: serviceTarget({}, name),
    };
    const { outputs, failure } = await deployToEcs(session, request, run).finally(leave);
    return failure ? `${failure.code} ${failure.message}` : outputs?.["result"];
  };
  const ends = await Promise.all(names.map(deploy));
  expect(ends).toEqual(names.map(() => "deployed"));
  const images = [...aws.ecs.state.tasks.values()]
    .filter((task) => task.desiredStatus === "RUNNING")
    .map((task) => task.containers[0]?.image);
  expect(images).toEqual(names.map(() => "shop:2"));

  // Fifty registrations at once exceed their quota: whoever is throttled waits for a turn, in minutes at the most.
  const refused = aws.calls
    .of("ecs", "RegisterTaskDefinition")
    .filter((call) => call.errorCode === "ThrottlingException");
  expect(refused.length).toBeGreaterThan(0);
  expect(time.now() - begun).toBeLessThan(300_000);
}, 300_000);
