import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  ServiceNotFoundException,
  UpdateServiceCommand,
  waitUntilServicesInactive,
} from "@aws-sdk/client-ecs";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type ManualClock, manualClock } from "#ship/kit";
import { type SimulatedAws, startSimulatedAws } from "#ship/simulators";
import { awsClient } from "../wire.ts";

let clock: ManualClock;
let aws: SimulatedAws;
let ecs: ECSClient;

beforeEach(async () => {
  clock = manualClock();
  aws = await startSimulatedAws({ clock });
  ecs = new ECSClient(awsClient(aws));
  await ecs.send(new CreateClusterCommand({ clusterName: "shop" }));
});
afterEach(async () => {
  ecs.destroy();
  await aws.close();
  expect(aws.violations).toEqual([]);
});

async function register(image: string): Promise<string> {
  const { taskDefinition } = await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: "web",
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      cpu: "256",
      memory: "512",
      containerDefinitions: [{ name: "app", image, portMappings: [{ containerPort: 8080 }] }],
    }),
  );
  return taskDefinition?.taskDefinitionArn ?? "";
}

async function primary() {
  const { services } = await ecs.send(new DescribeServicesCommand({ cluster: "shop", services: ["web"] }));
  return { service: services?.[0], deployment: services?.[0]?.deployments?.[0] };
}

async function completed(): Promise<void> {
  for (let looks = 0; looks < 200; looks += 1) {
    const { service, deployment } = await primary();
    if (service?.deployments?.length === 1 && deployment?.rolloutState === "COMPLETED") return;
    await clock.advance(5_000);
  }
  throw new Error("the deployment did not complete in 1000 simulated seconds");
}

describe("ECS over the wire", () => {
  it("lets the SDK deploy, follow its own service deployment and read its revision and tasks", async () => {
    await ecs.send(
      new CreateServiceCommand({
        cluster: "shop",
        serviceName: "web",
        taskDefinition: await register("app:1"),
        desiredCount: 2,
        launchType: "FARGATE",
        networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-1"] } },
      }),
    );
    await completed();
    const since = new Date(clock.now());
    await clock.advance(60_000);
    const next = await register("app:2");
    await ecs.send(new UpdateServiceCommand({ cluster: "shop", service: "web", taskDefinition: next }));
    await completed();

    const { serviceDeployments: listed } = await ecs.send(
      new ListServiceDeploymentsCommand({ cluster: "shop", service: "web", createdAt: { after: since } }),
    );
    expect(listed?.map(({ status }) => status)).toEqual(["SUCCESSFUL"]);
    const arns = (listed ?? []).flatMap(({ serviceDeploymentArn }) => serviceDeploymentArn ?? []);
    const { serviceDeployments } = await ecs.send(
      new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: arns }),
    );
    const revision = serviceDeployments?.[0]?.targetServiceRevision;
    expect(revision).toMatchObject({ requestedTaskCount: 2, runningTaskCount: 2, pendingTaskCount: 0 });
    const { serviceRevisions } = await ecs.send(
      new DescribeServiceRevisionsCommand({ serviceRevisionArns: [revision?.arn ?? ""] }),
    );
    expect(serviceRevisions).toMatchObject([
      { taskDefinition: next, containerImages: [{ containerName: "app", image: "app:2" }] },
    ]);
    const { taskArns } = await ecs.send(new ListTasksCommand({ cluster: "shop", serviceName: "web" }));
    const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster: "shop", tasks: taskArns }));
    expect(tasks).toMatchObject([{ lastStatus: "RUNNING" }, { lastStatus: "RUNNING" }]);
    expect(tasks?.[0]?.startedAt).toBeInstanceOf(Date);
  });

  it("answers a missing service as the SDK's typed error, and as MISSING to its waiters", async () => {
    await expect(
      ecs.send(new UpdateServiceCommand({ cluster: "shop", service: "none" })),
    ).rejects.toBeInstanceOf(ServiceNotFoundException);
    await expect(
      waitUntilServicesInactive({ client: ecs, maxWaitTime: 60 }, { cluster: "shop", services: ["none"] }),
    ).rejects.toThrow(/MISSING|FAILURE/);
  });
});
