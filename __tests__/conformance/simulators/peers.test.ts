import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { runStep } from "../../bundle/runner-step.ts";
import { first, openShop, type Shop } from "./shop.ts";
import { awsCli, runTool } from "./tools.ts";

let shop: Shop;
let workspace: string;

beforeEach(async () => {
  shop = await openShop();
  workspace = mkdtempSync(join(tmpdir(), "ship-peers-"));
});
afterEach(async () => {
  const { violations } = shop.aws;
  await shop.close();
  rmSync(workspace, { recursive: true });
  expect(violations).toEqual([]);
});

const definition = (image: string) => ({
  family: "shop-api",
  networkMode: "awsvpc",
  requiresCompatibilities: ["FARGATE"],
  cpu: "256",
  memory: "512",
  containerDefinitions: [{ name: "api", image, portMappings: [{ containerPort: 8080 }] }],
});
function write(name: string, document: unknown): string {
  const path = join(workspace, name);
  writeFileSync(path, JSON.stringify(document));
  return path;
}

/** A command of ecs-deploy, the Python program. */
const ecsDeploy = (...args: readonly string[]) =>
  runTool("ecs", args, { ...shop.environment, LC_ALL: "C.UTF-8" });
const deployStable = (image: string, inputs: Readonly<Record<string, string>> = {}) => {
  write("task-definition.json", definition(image));
  return runStep({
    action: "deploy-ecs",
    workspace,
    environment: shop.environment,
    inputs: {
      "task-definition": "task-definition.json",
      cluster: "shop",
      service: "stable",
      "poll-interval": "100ms",
      ...inputs,
    },
  });
};
const serving = async (service = "stable") => {
  const { services } = await shop.aws.call("ecs", "DescribeServices", {
    cluster: "shop",
    services: [service],
  });
  return first(services, "taskDefinition").split("/").at(-1);
};

describe("ecs-deploy at the simulated account", () => {
  it("finds its revision deployed, and deploy-ecs has nothing to do after it", async () => {
    const theirs = await ecsDeploy("deploy", "shop", "stable", "--image", "api", "shop-api:2");
    expect(theirs).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("Deployment successful") });
    await shop.ended("stable");

    const ours = await deployStable("shop-api:2");
    expect(ours.errors).toEqual([]);
    expect(ours.outputs["result"]).toBe("unchanged");
    expect(await serving()).toBe("shop-api:2");
  }, 60_000);

  it("is told of as the one that deployed in the middle of a deployment of ours", async () => {
    let theirs: ReturnType<typeof ecsDeploy> | undefined;
    const unfollow = shop.aws.calls.follow(({ action, applied }) => {
      if (action === "UpdateService" && applied)
        theirs ??= ecsDeploy("deploy", "shop", "stable", "--image", "api", "shop-api:3");
    });
    // Ours never becomes healthy, and looks again only when theirs has long begun.
    const ours = await deployStable("shop-api:sick", { "circuit-breaker": "false", "poll-interval": "8s" });
    unfollow();

    expect(ours.errors[0]).toMatch(/^DEPLOYMENT_SUPERSEDED: /);
    expect(ours.outputs["result"]).toBe("failed");
    expect((await theirs)?.stdout).toContain("Deployment successful");
    expect(await serving()).toBe("shop-api:3");
  }, 60_000);

  it("starts a one-off task", async () => {
    const { stdout, stderr } = await ecsDeploy(
      ...["run", "shop", "shop-api", "1", "--command", "api", "migrate"],
      ...["--launchtype", "FARGATE", "--subnet", "subnet-1", "--securitygroup", "sg-1"],
    );
    expect(stderr).toBe("");
    expect(stdout).toContain("Successfully started 1 instances of task: shop-api:1");
  }, 60_000);
});

describe("the deploy command of the AWS command line", () => {
  it("goes through CodeDeploy, and deploy-ecs has nothing to do after it", async () => {
    await createBlueGreenService();
    const theirs = await runTool(
      "aws",
      [
        ...["ecs", "deploy", "--cluster", "shop", "--service", "blue"],
        ...["--task-definition", write("task-definition.json", definition("shop-api:2"))],
        ...["--codedeploy-appspec", write("appspec.json", appSpec)],
      ],
      shop.environment,
    );
    expect(theirs).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("Successfully deployed") });
    expect(await serving("blue")).toBe("shop-api:2");

    const ours = await runStep({
      action: "deploy-ecs",
      workspace,
      environment: shop.environment,
      inputs: { "task-definition": "task-definition.json", cluster: "shop", service: "blue" },
    });
    expect(ours.errors).toEqual([]);
    expect(ours.outputs["result"]).toBe("unchanged");
  }, 90_000);
});

const appSpec = {
  version: 0,
  Resources: [
    {
      TargetService: {
        Type: "AWS::ECS::Service",
        Properties: {
          TaskDefinition: "<TASK_DEFINITION>",
          LoadBalancerInfo: { ContainerName: "api", ContainerPort: 8080 },
        },
      },
    },
  ],
};

/** A service that CodeDeploy deploys, with the names that the command looks for. */
async function createBlueGreenService(): Promise<void> {
  const run = (...args: readonly string[]) => awsCli(shop.environment, ...args);
  const { LoadBalancers } = await run("elbv2", "describe-load-balancers");
  const [{ Listeners }, { TargetGroups }] = await Promise.all([
    run("elbv2", "describe-listeners", "--load-balancer-arn", first(LoadBalancers, "LoadBalancerArn")),
    run("elbv2", "describe-target-groups", "--names", "stable"),
  ]);
  await run(
    ...["ecs", "create-service", "--cluster", "shop", "--service-name", "blue"],
    ...["--task-definition", "shop-api", "--desired-count", "1", "--launch-type", "FARGATE"],
    ...["--deployment-controller", "type=CODE_DEPLOY"],
    ...["--network-configuration", "awsvpcConfiguration={subnets=[subnet-1],securityGroups=[sg-1]}"],
    "--load-balancers",
    `targetGroupArn=${first(TargetGroups, "TargetGroupArn")},containerName=api,containerPort=8080`,
  );
  const application = ["--application-name", "AppECS-shop-blue"];
  await run("deploy", "create-application", ...application, "--compute-platform", "ECS");
  await run(
    ...["deploy", "create-deployment-group", ...application],
    ...["--deployment-group-name", "DgpECS-shop-blue"],
    ...["--service-role-arn", "arn:aws:iam::123456789012:role/codedeploy"],
    ...["--deployment-style", "deploymentType=BLUE_GREEN,deploymentOption=WITH_TRAFFIC_CONTROL"],
    ...["--ecs-services", "serviceName=blue,clusterName=shop"],
    "--blue-green-deployment-configuration",
    "terminateBlueInstancesOnDeploymentSuccess={action=TERMINATE},deploymentReadyOption={actionOnTimeout=CONTINUE_DEPLOYMENT}",
    "--load-balancer-info",
    JSON.stringify({
      targetGroupPairInfoList: [
        {
          targetGroups: [{ name: "stable" }, { name: "canary" }],
          prodTrafficRoute: { listenerArns: [first(Listeners, "ListenerArn")] },
        },
      ],
    }),
  );
}
