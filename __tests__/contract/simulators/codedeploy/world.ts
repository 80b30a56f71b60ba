import { createHash } from "node:crypto";
import { CodeDeployClient, type DeploymentInfo, GetDeploymentCommand } from "@aws-sdk/client-codedeploy";
import { type ManualClock, manualClock } from "#ship/kit";
import {
  applySeed,
  type CodeDeployOptions,
  type JsonObject,
  parseSeed,
  type ScriptedRuntime,
  type SimulatedAws,
  scriptedRuntime,
  startSimulatedAws,
} from "#ship/simulators";

/** An account with the service `web` under CodeDeploy, behind a production and a test listener. */
export interface World {
  readonly aws: SimulatedAws;
  readonly time: ManualClock;
  readonly runtime: ScriptedRuntime;
  readonly client: CodeDeployClient;
  /** Weights of the production (port 80) or the test (port 8080) listener, blue first. */
  weights(port?: 80 | 8080): readonly number[];
  /** PRIMARY first; `family:revision status`. */
  taskSets(): Promise<readonly string[]>;
  register(image: string): Promise<string>;
  status(deploymentId: string): Promise<DeploymentInfo>;
  /** Moves time until the deployment has one of the statuses. */
  until(deploymentId: string, ...statuses: readonly string[]): Promise<DeploymentInfo>;
  close(): Promise<void>;
}

/** What is chosen about the deployment group. */
export interface GroupChoice {
  readonly members?: JsonObject;
  readonly hooks?: NonNullable<CodeDeployOptions["invokeHook"]>;
}

const definition = (image: string): JsonObject => ({
  family: "web",
  networkMode: "awsvpc",
  requiresCompatibilities: ["FARGATE"],
  cpu: "256",
  memory: "512",
  containerDefinitions: [{ name: "app", image, portMappings: [{ containerPort: 8080 }] }],
});

const seed = `
clusters: [production]
target-groups: [{ name: blue, port: 8080 }, { name: green, port: 8080 }]
load-balancers:
  - name: web
    listeners: [{ port: 80, forward: { blue: 1 } }, { port: 8080, forward: { blue: 1 } }]
task-definitions: [${JSON.stringify(definition("web:1"))}]
services:
  - name: web
    cluster: production
    task-definition: web
    desired-count: 2
    target-group: blue
    container: app
    container-port: 8080
    settings: { deploymentController: { type: CODE_DEPLOY } }
`;

export const names = {
  applicationName: "AppECS-production-web",
  deploymentGroupName: "DgpECS-production-web",
};

/** Starts a {@link World} whose first tasks run. */
export async function world(choice: GroupChoice = {}): Promise<World> {
  const time = manualClock();
  const runtime = scriptedRuntime(time);
  const aws = await startSimulatedAws({
    clock: time,
    runtime,
    ...(choice.hooks && { codedeploy: { invokeHook: choice.hooks } }),
  });
  await applySeed(aws, parseSeed(seed, "world.ts"));
  await time.advance(300_000);
  const listeners = await listenersOf(aws);
  await aws.call("codedeploy", "CreateApplication", {
    applicationName: names.applicationName,
    computePlatform: "ECS",
  });
  await aws.call("codedeploy", "CreateDeploymentGroup", { ...groupRequest(listeners), ...choice.members });
  const client = new CodeDeployClient({
    endpoint: aws.url,
    region: aws.region,
    maxAttempts: 1,
    credentials: { accessKeyId: "AKIATEST", secretAccessKey: "secret" },
  });
  const status: World["status"] = async (deploymentId) => {
    const { deploymentInfo } = await client.send(new GetDeploymentCommand({ deploymentId }));
    return deploymentInfo ?? {};
  };
  return {
    aws,
    time,
    runtime,
    client,
    weights: (port = 80) => {
      const weights = aws.elbv2.ruleWeights(listeners.get(port) ?? "") ?? new Map<string, number>();
      const of = (name: string) => weights.get(aws.elbv2.targetGroupNamed(name) ?? "") ?? 0;
      return [of("blue"), of("green")];
    },
    async taskSets() {
      const { services } = await aws.call("ecs", "DescribeServices", {
        cluster: "production",
        services: ["web"],
      });
      const [service] = services as JsonObject[];
      const sets = service?.["taskSets"] as JsonObject[];
      return sets.map((set) => `${String(set["taskDefinition"]).split("/").at(-1)} ${set["status"]}`);
    },
    async register(image) {
      const { taskDefinition } = await aws.call("ecs", "RegisterTaskDefinition", definition(image));
      return String((taskDefinition as JsonObject)["taskDefinitionArn"]);
    },
    status,
    async until(deploymentId, ...statuses) {
      for (let looks = 0; looks < 2_000; looks += 1) {
        const info = await status(deploymentId);
        if (statuses.includes(info.status ?? "")) return info;
        await time.advance(5_000);
      }
      throw new Error(
        `${deploymentId} is ${(await status(deploymentId)).status}, not ${statuses.join(" or ")}.`,
      );
    },
    async close() {
      client.destroy();
      await aws.close();
    },
  };
}

async function listenersOf(aws: SimulatedAws): Promise<ReadonlyMap<number, string>> {
  const { LoadBalancers } = await aws.call("elbv2", "DescribeLoadBalancers", {});
  const LoadBalancerArn = (LoadBalancers as JsonObject[])[0]?.["LoadBalancerArn"];
  const { Listeners } = await aws.call("elbv2", "DescribeListeners", { LoadBalancerArn });
  return new Map(
    (Listeners as JsonObject[]).map((listener) => [
      Number(listener["Port"]),
      String(listener["ListenerArn"]),
    ]),
  );
}

function groupRequest(listeners: ReadonlyMap<number, string>): JsonObject {
  return {
    ...names,
    serviceRoleArn: "arn:aws:iam::123456789012:role/codedeploy",
    deploymentStyle: { deploymentType: "BLUE_GREEN", deploymentOption: "WITH_TRAFFIC_CONTROL" },
    blueGreenDeploymentConfiguration: {
      terminateBlueInstancesOnDeploymentSuccess: { action: "TERMINATE", terminationWaitTimeInMinutes: 5 },
      deploymentReadyOption: { actionOnTimeout: "CONTINUE_DEPLOYMENT" },
    },
    ecsServices: [{ clusterName: "production", serviceName: "web" }],
    loadBalancerInfo: {
      targetGroupPairInfoList: [
        {
          targetGroups: [{ name: "blue" }, { name: "green" }],
          prodTrafficRoute: { listenerArns: [listeners.get(80)] },
          testTrafficRoute: { listenerArns: [listeners.get(8080)] },
        },
      ],
    },
    autoRollbackConfiguration: { enabled: true, events: ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"] },
  };
}

/** A revision for CreateDeployment that deploys a task definition. */
export function revision(taskDefinition: string, hooks: readonly JsonObject[] = []) {
  const content = JSON.stringify({
    version: 0,
    Resources: [
      {
        TargetService: {
          Type: "AWS::ECS::Service",
          Properties: {
            TaskDefinition: taskDefinition,
            LoadBalancerInfo: { ContainerName: "app", ContainerPort: 8080 },
          },
        },
      },
    ],
    ...(hooks.length > 0 && { Hooks: hooks }),
  });
  const sha256 = createHash("sha256").update(content).digest("hex");
  return { revisionType: "AppSpecContent" as const, appSpecContent: { content, sha256 } };
}
