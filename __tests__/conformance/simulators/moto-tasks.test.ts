import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { runStep } from "../../bundle/runner-step.ts";
import { type Moto, startMoto } from "./moto.ts";
import { first } from "./shop.ts";
import { awsCli } from "./tools.ts";

/**
 * One-off tasks at somebody else's simulated AWS. Each look moves a task of moto one status further, until its first
 * container has ended with exit code 0; moto knows no client tokens and writes no output. Its RunTask breaks (HTTP 500) at
 * two things that AWS lets be: containers without memory of their own on Fargate, and subnets without security groups (moto
 * 5.2.5: ecs/models.py, _calculate_task_resource_requirements and Task).
 */
let moto: Moto;
let workspace: string;
let subnet: string;
let securityGroup: string;

beforeAll(async () => {
  workspace = mkdtempSync(join(tmpdir(), "ship-moto-tasks-"));
  moto = await startMoto();
  await awsCli(moto.environment, "ecs", "create-cluster", "--cluster-name", "default");
  const { Subnets } = await awsCli(moto.environment, "ec2", "describe-subnets");
  subnet = first(Subnets, "SubnetId");
  const { SecurityGroups } = await awsCli(
    moto.environment,
    ...["ec2", "describe-security-groups", "--filters", `Name=vpc-id,Values=${first(Subnets, "VpcId")}`],
  );
  securityGroup = first(SecurityGroups, "GroupId");
}, 90_000);
afterAll(async () => {
  await moto.close();
  rmSync(workspace, { recursive: true });
});

const definition = {
  family: "job",
  networkMode: "awsvpc",
  requiresCompatibilities: ["FARGATE"],
  cpu: "256",
  memory: "512",
  containerDefinitions: [{ name: "job", image: "job:1", essential: true, memory: 512 }],
};

describe("deploy-ecs running a one-off task at moto", () => {
  it("starts it, follows it through every status, and takes its exit code", async () => {
    writeFileSync(join(workspace, "job.json"), JSON.stringify(definition));
    const step = await runStep({
      action: "deploy-ecs",
      workspace,
      environment: moto.environment,
      inputs: {
        "task-definition": "job.json",
        "run-task": "true",
        "run-task-launch-type": "FARGATE",
        "run-task-subnets": subnet,
        "run-task-security-groups": securityGroup,
        "run-task-command": "migrate --all",
        "run-task-tags": '[{"key":"team","value":"shop"}]',
        "poll-interval": "100ms",
      },
    });
    expect({ exitCode: step.exitCode, errors: step.errors }).toEqual({ exitCode: 0, errors: [] });
    expect(step.outputs).toMatchObject({ result: "task-succeeded", "run-task-exit-code": "0" });
    const [arn] = JSON.parse(step.outputs["run-task-arn"] ?? "[]") as string[];
    const described = await awsCli(
      moto.environment,
      ...["ecs", "describe-tasks", "--tasks", arn ?? "", "--include", "TAGS"],
    );
    expect(described).toMatchObject({
      tasks: [
        {
          lastStatus: "STOPPED",
          startedBy: expect.stringMatching(/^GitHub-Actions\/1001\/1\//),
          overrides: { containerOverrides: [{ name: "job", command: ["migrate", "--all"] }] },
          tags: [{ key: "team", value: "shop" }],
        },
      ],
    });
  }, 90_000);
});
