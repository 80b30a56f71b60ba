import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { systemClock } from "#ship/kit";
import {
  applySeed,
  type JsonObject,
  parseSeed,
  type ScriptedRuntime,
  type SimulatedAws,
  scriptedRuntime,
  startSimulatedAws,
} from "#ship/simulators";
import { eventually } from "../support/eventually.ts";
import { runStep, type StepOptions } from "./runner-step.ts";

const document = {
  family: "shop",
  networkMode: "awsvpc",
  requiresCompatibilities: ["FARGATE"],
  cpu: "256",
  memory: "512",
  containerDefinitions: [
    {
      name: "api",
      image: "shop:1",
      portMappings: [{ containerPort: 3000 }],
      logConfiguration: {
        logDriver: "awslogs",
        options: { "awslogs-group": "/ecs/shop", "awslogs-stream-prefix": "ecs" },
      },
    },
  ],
};
const seed = `
clusters: [default]
log-groups: [/ecs/shop]
target-groups: [{ name: blue, port: 3000 }]
load-balancers: [{ name: shop, listeners: [{ port: 80, forward: { blue: 1 } }] }]
task-definitions: [${JSON.stringify(document)}]
services:
  - { name: shop, cluster: default, task-definition: shop, desired-count: 2, target-group: blue, container: api, container-port: 3000 }
`;

let aws: SimulatedAws;
let runtime: ScriptedRuntime;
let workspace: string;

beforeEach(async () => {
  runtime = scriptedRuntime(systemClock);
  aws = await startSimulatedAws({ runtime, ecs: { speed: 200 }, elbv2: { second: 5 } });
  await applySeed(aws, parseSeed(seed, "deploy-ecs.test.ts"));
  await eventually("the first deployment", async () => (await rolloutState()) === "COMPLETED");
  workspace = mkdtempSync(join(tmpdir(), "ship-deploy-"));
  writeFileSync(join(workspace, "task-definition.json"), JSON.stringify(document));
});
afterEach(async () => {
  expect(aws.violations).toEqual([]);
  rmSync(workspace, { recursive: true, force: true });
  await aws.close();
});

async function shop(): Promise<JsonObject> {
  const { services } = await aws.call("ecs", "DescribeServices", { services: ["shop"] });
  return (services as JsonObject[])[0] ?? {};
}
async function rolloutState(): Promise<unknown> {
  return ((await shop())["deployments"] as JsonObject[])[0]?.["rolloutState"];
}
const servingImages = () =>
  [...aws.ecs.state.tasks.values()]
    .filter((task) => task.desiredStatus === "RUNNING")
    .map((task) => task.containers[0]?.image);
const written = () =>
  aws.calls.all.map((call) => call.action).filter((action) => /^(Register|Update|Stop|Run)/.test(action));

const deploy = (inputs: Readonly<Record<string, string>> = {}, more: Partial<StepOptions> = {}) =>
  runStep({
    action: "deploy-ecs",
    workspace,
    environment: aws.environment(),
    inputs: {
      "task-definition": "task-definition.json",
      "container-name": "api",
      image: "shop:2",
      service: "shop",
      "poll-interval": "100ms",
      ...inputs,
    },
    ...more,
  });

describe("the deploy-ecs bundle", () => {
  it("deploys, and is unchanged when run again", async () => {
    const first = await deploy();
    expect(first.errors).toEqual([]);
    expect(first.exitCode).toBe(0);
    expect(first.outputs).toMatchObject({
      result: "deployed",
      "task-definition-arn": expect.stringMatching(/:task-definition\/shop:2$/),
      "previous-task-definition-arn": expect.stringMatching(/:task-definition\/shop:1$/),
      "service-arn": expect.stringMatching(/:service\/default\/shop$/),
      "console-url": expect.stringMatching(/^https:\/\/eu-central-1\.console\.aws\.amazon\.com\/ecs\/v2\//),
    });
    expect(first.summary).toContain("deploy shop: deployed");
    expect(servingImages()).toEqual(["shop:2", "shop:2"]);

    const before = written();
    const second = await deploy();
    expect(second.outputs["result"]).toBe("unchanged");
    expect(written()).toEqual(before);
  });

  it("says every input mistake in one annotation and calls nothing", async () => {
    const before = aws.calls.all.length;
    const { exitCode, errors, outputs } = await deploy({
      "container-name": "",
      strategy: "canry",
      "desired-count": "many",
      servce: "shop",
    });
    expect(exitCode).toBe(1);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/^INPUT_INVALID: /);
    expect(errors[0]).toMatch(/servce.*nearest is service/);
    expect(errors[0]).toMatch(/desired-count is "many"/);
    expect(outputs["result"]).toBe("failed");
    expect(aws.calls.all).toHaveLength(before);
  });

  it("says what inputs together lack", async () => {
    const { errors } = await deploy({ "container-name": "", strategy: "linear", "canary-percent": "5%" });
    expect(errors[0]).toMatch(/container-name: it is empty, so `image` has no container/);
    expect(errors[0]).toMatch(/canary-percent: it is for `strategy: canary`, but `strategy` is linear/);
  });

  it("names a misspelt key of the document with its path, before anything is written", async () => {
    const typo = { ...document, containerDefinitions: [{ ...document.containerDefinitions[0], imag: "x" }] };
    writeFileSync(join(workspace, "task-definition.json"), JSON.stringify(typo));
    const { exitCode, errors } = await deploy();
    expect(exitCode).toBe(1);
    expect(errors[0]).toContain("containerDefinitions[0].imag is not known to Amazon ECS");
    expect(written()).toEqual([]);
  });

  it("names the permission that is missing", async () => {
    aws.faults.add({ action: "RegisterTaskDefinition", fault: { kind: "denied" } });
    const { exitCode, errors, outputs } = await deploy();
    expect(exitCode).toBe(1);
    expect(errors[0]).toMatch(
      /^ACCESS_DENIED: ecs:RegisterTaskDefinition .*Allow ecs:RegisterTaskDefinition/,
    );
    expect(outputs["reason"]).toMatch(/^ACCESS_DENIED: /);
    expect(servingImages()).toEqual(["shop:1", "shop:1"]);
  });

  it("lives through throttling and lost answers", async () => {
    aws.faults.add(
      { action: "DescribeServices", times: 2, fault: { kind: "throttle" } },
      { action: "UpdateService", nth: 1, fault: { kind: "lost-answer" } },
      { action: "DescribeServiceDeployments", nth: 1, fault: { kind: "server-error", status: 503 } },
    );
    const { exitCode, outputs } = await deploy();
    expect(exitCode).toBe(0);
    expect(outputs["result"]).toBe("deployed");
    expect(aws.ecs.state.families.get("shop")?.revisions).toHaveLength(2);
  });

  it("explains a crash and ends with the previous revision serving", async () => {
    runtime.script("shop:2", {
      does: "exits",
      afterMs: 5,
      code: 3,
      lines: ["cannot read DATABASE_URL", "::add-mask::x"],
    });
    const { exitCode, errors, outputs, stdout, summary } = await deploy();
    expect(exitCode).toBe(1);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/^DEPLOYMENT_ROLLED_BACK: .*api: exit code 3.* shop:1 serves again\./);
    expect(outputs["result"]).toBe("rolled-back");
    expect(stdout).toContain("cannot read DATABASE_URL");
    expect(stdout).not.toMatch(/^\s*::add-mask::x/m);
    expect(summary).toContain("cannot read DATABASE_URL");
    expect(servingImages()).toEqual(["shop:1", "shop:1"]);
  });

  it("goes back at once when cancelled, and the post step sees it through", async () => {
    runtime.script("shop:2", { does: "unhealthy" });
    const { exitCode, outputs, tookToStop, post } = await deploy(
      {},
      { interruptAt: /IN_PROGRESS .* running/, post: "run" },
    );
    expect(exitCode).toBe(1);
    expect(["cancelled", "rolled-back"]).toContain(outputs["result"]);
    expect(tookToStop).toBeLessThan(7_000);
    expect(post?.exitCode).toBe(0);
    expect(String((await shop())["taskDefinition"])).toMatch(/shop:1$/);
    expect(servingImages()).toEqual(["shop:1", "shop:1"]);
  });

  it("leaves enough behind for the post step to go back when it is killed", async () => {
    runtime.script("shop:2", { does: "unhealthy" });
    const { outputs, post } = await deploy({}, { killAt: /IN_PROGRESS .* running/, post: "run" });
    expect(outputs["result"]).toBeUndefined();
    expect(post?.exitCode).toBe(0);
    expect(post?.stdout).toMatch(/::notice::shop was seen to run .*shop:1 again/);
    expect(servingImages()).toEqual(["shop:1", "shop:1"]);
  });

  it("says that the service cannot be reached when it keeps failing, and has written nothing", async () => {
    aws.faults.add({ action: "DescribeServices", fault: { kind: "server-error", status: 503 } });
    const { exitCode, errors } = await deploy();
    expect(exitCode).toBe(1);
    expect(errors[0]).toMatch(/^SERVICE_UNAVAILABLE: ecs:DescribeServices answered/);
    expect(written()).toEqual([]);
  });

  it("asks the health check address once the revision serves", async () => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.url} ${servingImages().join()}`);
      response.end("ok");
    });
    const port = await new Promise<number>((listening) =>
      server.listen(0, "127.0.0.1", () => listening((server.address() as AddressInfo).port)),
    );
    try {
      const { outputs } = await deploy({ "health-check-url": `http://127.0.0.1:${port}/health` });
      expect(outputs["result"]).toBe("deployed");
      expect(asked).toEqual(["/health shop:2,shop:2"]);
    } finally {
      server.close();
    }
  });
});
