import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { systemClock } from "#ship/kit";
import {
  applySeed,
  type JsonObject,
  parseSeed,
  type SimulatedAws,
  scriptedRuntime,
  startSimulatedAws,
} from "#ship/simulators";
import { eventually } from "../support/eventually.ts";
import { type Alteration, lacks, otherEndpoint, without } from "../support/other-endpoint.ts";
import { canaryWorld } from "./canary-world.ts";
import { runStep } from "./runner-step.ts";

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const work of cleanup.splice(0).toReversed()) await work();
});

async function behind(aws: SimulatedAws, ...alterations: readonly Alteration[]) {
  const environment = aws.environment();
  const front = await otherEndpoint(String(environment["AWS_ENDPOINT_URL"]), ...alterations);
  cleanup.push(front.close);
  return { ...environment, AWS_ENDPOINT_URL: front.url };
}

describe("the deploy-ecs bundle at an endpoint without service deployments and rollout states", () => {
  it("deploys, and says by what it judged", async () => {
    const document = {
      family: "shop",
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      cpu: "256",
      memory: "512",
      containerDefinitions: [{ name: "api", image: "shop:1" }],
    };
    const aws = await startSimulatedAws({
      runtime: scriptedRuntime(systemClock),
      ecs: { speed: 200 },
    });
    cleanup.push(() => aws.close());
    const seed = `
clusters: [default]
task-definitions: [${JSON.stringify(document)}]
services: [{ name: shop, cluster: default, task-definition: shop, desired-count: 2 }]
`;
    await applySeed(aws, parseSeed(seed, "other-endpoints.test.ts"));
    await eventually("the first deployment", async () => {
      const { services } = await aws.call("ecs", "DescribeServices", { services: ["shop"] });
      const [service] = services as { deployments: JsonObject[] }[];
      return service?.deployments[0]?.["rolloutState"] === "COMPLETED";
    });
    const workspace = mkdtempSync(join(tmpdir(), "ship-deploy-"));
    cleanup.push(() => rmSync(workspace, { recursive: true, force: true }));
    writeFileSync(join(workspace, "task-definition.json"), JSON.stringify(document));
    const { outputs, errors, stdout } = await runStep({
      action: "deploy-ecs",
      workspace,
      environment: await behind(
        aws,
        lacks("ListServiceDeployments", "DescribeServiceDeployments", "DescribeServiceRevisions"),
        without("DescribeServices", "rolloutState", "failedTasks"),
      ),
      inputs: {
        "task-definition": "task-definition.json",
        "container-name": "api",
        image: "shop:2",
        service: "shop",
        "poll-interval": "100ms",
      },
    });
    expect(errors).toEqual([]);
    expect(outputs["result"]).toBe("deployed");
    expect(stdout).toMatch(/judged by rollout states/);
    const serving = [...aws.ecs.state.tasks.values()].filter((task) => task.desiredStatus === "RUNNING");
    expect(serving.map((task) => task.containers[0]?.image)).toEqual(["shop:2", "shop:2"]);
  });
});

describe("the canary-shift bundle at an endpoint without tags", () => {
  const noTags: Alteration = (action) =>
    /Tags$/.test(action)
      ? {
          status: 400,
          headers: { "content-type": "text/xml" },
          body: `<ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>Could not find operation ${action}</Message></Error></ErrorResponse>`,
        }
      : undefined;

  it("promotes a healthy canary, and says that nothing else knows of the rollout", async () => {
    const world = await canaryWorld();
    cleanup.push(() => world.close());
    const temporary = mkdtempSync(join(tmpdir(), "ship-canary-"));
    cleanup.push(() => rmSync(temporary, { recursive: true, force: true }));
    const { outputs, errors, stdout } = await runStep({
      action: "canary-shift",
      inputs: world.inputs,
      environment: { ...(await behind(world.aws, noTags)), RUNNER_TEMP: temporary },
    });
    expect(errors).toEqual([]);
    expect(outputs["result"]).toBe("promoted");
    expect(stdout).toMatch(/::warning.*A rollout cannot be noted beside its traffic/);
    expect(world.weights()).toMatch(/^0\/[1-9]/);
  }, 60_000);
});
