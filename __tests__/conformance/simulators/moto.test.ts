import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { openAlbTarget } from "#ship/aws";
import { systemClock } from "#ship/kit";
import { runStep } from "../../bundle/runner-step.ts";
import { testSession } from "../../contract/aws/session.ts";
import { type Moto, startMoto } from "./moto.ts";
import { awsCli, boto3 } from "./tools.ts";

/**
 * Our code at somebody else's simulated AWS. What moto cannot judge, and why (moto 5.2.5):
 * - waiting, rollback and reasons: a service of moto has one deployment for ever, no tasks, no events, and none of
 *   ListServiceDeployments, DescribeServiceDeployments, DescribeServiceRevisions and StopServiceDeployment;
 * - native strategies and the circuit breaker: deploymentConfiguration is not kept;
 * - traffic and metrics: nothing listens behind its load balancers, so nothing is counted.
 */
let moto: Moto;
let workspace: string;

beforeAll(async () => {
  workspace = mkdtempSync(join(tmpdir(), "ship-moto-"));
  moto = await startMoto();
}, 60_000);
afterAll(async () => {
  await moto.close();
  rmSync(workspace, { recursive: true });
});

const definition = {
  family: "shop-api",
  networkMode: "awsvpc",
  requiresCompatibilities: ["FARGATE"],
  cpu: "256",
  memory: "512",
  tags: [{ key: "team", value: "shop" }],
  containerDefinitions: [
    {
      name: "api",
      image: "shop-api:1",
      essential: true,
      command: ["serve", "--flag", ""],
      portMappings: [{ containerPort: 8080 }],
      environment: [{ name: "EMPTY", value: "" }],
      dockerLabels: { "traefik.rule": "Host(`a`) && Path(`/x=y=z`)", empty: "" },
    },
  ],
};

/** Registers without a service, as the committed bundle does in a job. */
function register(image: string, environment: Readonly<Record<string, string>> = moto.environment) {
  writeFileSync(join(workspace, "task-definition.json"), JSON.stringify(definition));
  const inputs = { "task-definition": "task-definition.json", "container-name": "api", image };
  return runStep({ action: "deploy-ecs", inputs, workspace, environment });
}

describe("deploy-ecs registering at moto", () => {
  it("registers every member of the file, empty values and tags included", async () => {
    const step = await register("shop-api:2");
    const registered = await awsCli(
      moto.environment,
      ...["ecs", "describe-task-definition", "--task-definition", "shop-api", "--include", "TAGS"],
    );

    expect({ exitCode: step.exitCode, errors: step.errors }).toEqual({ exitCode: 0, errors: [] });
    expect(step.outputs).toMatchObject({
      result: "registered",
      "task-definition-arn": expect.stringMatching(/task-definition\/shop-api:1$/),
    });
    expect(registered).toMatchObject({
      taskDefinition: {
        cpu: "256",
        containerDefinitions: [{ ...definition.containerDefinitions[0], image: "shop-api:2" }],
      },
      tags: definition.tags,
    });
  }, 60_000);

  it("answers the same revision for the same definition, and a new one for another image", async () => {
    const first = await register("shop-api:3");
    const second = await register("shop-api:3");
    const third = await register("shop-api:4");

    const arns = [first, second, third].map(({ outputs }) => outputs["task-definition-arn"]);
    expect(arns[1]).toBe(arns[0]);
    expect(arns[2]).not.toBe(arns[0]);
  }, 60_000);

  it("says in one error that the endpoint does not answer", async () => {
    const step = await register("shop-api:5", {
      ...moto.environment,
      AWS_ENDPOINT_URL: "http://127.0.0.1:9",
    });

    expect(step.exitCode).toBe(1);
    expect(step.errors).toHaveLength(1);
    expect(step.errors[0]).toContain("127.0.0.1:9");
  }, 60_000);
});

describe("the weights of a load balancer at moto", () => {
  it("are read, moved and brought back, and others read them the same", async () => {
    const { rule, stable, canary } = await boto3(moto.environment, "./balancer.py");
    const target = await openAlbTarget(testSession(systemClock, moto.environment), {
      place: { kind: "rule", arn: String(rule) },
      sides: { kind: "target-groups", stable: String(stable), canary: String(canary) },
    });
    const weights = async () => {
      const { Rules } = await awsCli(
        moto.environment,
        "elbv2",
        "describe-rules",
        "--rule-arns",
        String(rule),
      );
      return Rules;
    };

    const before = await target.inspect();
    await target.route({ canary: 0.05 });
    const shifted = await weights();
    await target.restore();

    expect(before).toMatchObject({ split: { canary: 0 }, stable: { name: "stable" }, warnings: [] });
    expect(shifted).toMatchObject([forwarding(950, 50)]);
    expect(await weights()).toMatchObject([forwarding(999, 0)]);
  }, 60_000);
});

const forwarding = (stable: number, canary: number) => ({
  Actions: [{ Type: "forward", ForwardConfig: { TargetGroups: [{ Weight: stable }, { Weight: canary }] } }],
});
