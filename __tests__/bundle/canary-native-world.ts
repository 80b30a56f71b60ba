import { systemClock } from "#ship/kit";
import { type JsonObject, type SimulatedAws, scriptedRuntime, startSimulatedAws } from "#ship/simulators";
import { eventually } from "../support/eventually.ts";

/** A service `web` under steady traffic, whose deployments Amazon ECS moves between `blue` and `green`. */
export interface NativeWorld {
  readonly aws: SimulatedAws;
  /** What the step is told of the world: `with:` of the workflow. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Deploys an image: half the traffic, then all of it, held before and after each shift for so many simulated minutes. */
  deploy(image: string, hookMinutes: number): Promise<string>;
  status(deployment: string): Promise<string>;
  /** Weights of the rule by target group, `blue/green`. */
  weights(): string;
  close(): Promise<void>;
}

/** An image that fails every fifth request. */
export const badImage = "web:bad";

/** Times of the simulated account run faster, and its minutes of bake and hooks take so many milliseconds. */
const speed = 20;
const minuteMilliseconds = 10_000;
const requestsPerSecond = 150;
const address = { cluster: "production", service: "web" };

/** Starts the world with `web:1` serving. */
export async function nativeWorld(): Promise<NativeWorld> {
  const scripts = { [badImage]: { does: "runs", errorShare: 0.2 } } as const;
  const aws = await startSimulatedAws({
    runtime: scriptedRuntime(systemClock, scripts, { requests: "answered" }),
    ecs: { speed, pace: { minute: minuteMilliseconds * speed, drainLimit: 1_000 * speed } },
  });
  const healthCheck = { intervalSeconds: 5, timeoutSeconds: 2 };
  const group = (name: string) => aws.elbv2.createTargetGroup({ name, port: 8080, healthCheck }).arn;
  const [blue, green] = [group("blue"), group("green")];
  const listener = await aws.elbv2.createListener({
    loadBalancerArn: aws.elbv2.createLoadBalancer({ name: "shop" }).arn,
    port: 80,
    defaultActions: [{ type: "fixed-response", statusCode: 404 }],
  });
  const targetGroups = [
    { targetGroupArn: blue, weight: 1 },
    { targetGroupArn: green, weight: 0 },
  ];
  const rule = aws.elbv2.createRule({
    listenerArn: listener.arn,
    priority: 1,
    conditions: [{ field: "path-pattern", values: ["/*"] }],
    actions: [{ type: "forward", targetGroups, stickiness: { enabled: false } }],
  }).arn;
  const door = aws.elbv2.endpoint(listener.arn);
  if (!door) throw new Error("The listener has no proxy.");

  const call = (action: string, input: JsonObject) => aws.call("ecs", action, input);
  const register = async (image: string) => {
    const { taskDefinition } = await call("RegisterTaskDefinition", {
      family: "web",
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      cpu: "256",
      memory: "512",
      containerDefinitions: [{ name: "app", image, portMappings: [{ containerPort: 8080 }] }],
    });
    return String((taskDefinition as JsonObject)["taskDefinitionArn"]);
  };
  const newest = async (): Promise<JsonObject | undefined> => {
    const { serviceDeployments } = await call("ListServiceDeployments", address);
    return (serviceDeployments as JsonObject[])[0];
  };
  await call("CreateCluster", { clusterName: address.cluster });
  await call("CreateService", {
    cluster: address.cluster,
    serviceName: address.service,
    taskDefinition: await register("web:1"),
    desiredCount: 1,
    launchType: "FARGATE",
    networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-0123456789abcdef0"] } },
    deploymentConfiguration: { strategy: "BLUE_GREEN", bakeTimeInMinutes: 0 },
    loadBalancers: [
      {
        targetGroupArn: blue,
        containerName: "app",
        containerPort: 8080,
        advancedConfiguration: {
          alternateTargetGroupArn: green,
          productionListenerRule: rule,
          roleArn: "arn:aws:iam::123456789012:role/ecs-load-balancers",
        },
      },
    ],
  });
  await eventually("web:1 to serve", async () => (await newest())?.["status"] === "SUCCESSFUL", 30_000);
  const visit = () => fetch(`http://${door.host}:${door.port}/`).then((answer) => answer.text());
  const traffic = setInterval(() => void visit().catch(() => undefined), 1_000 / requestsPerSecond);

  return {
    aws,
    inputs: {
      target: "ecs-native",
      "aws-region": aws.region,
      ...address,
      interval: "2s",
      "max-step": "60s",
      warmup: "1s",
      detect: "100",
      "metric-period": "1s",
      "metric-lag": "1s",
    },
    async deploy(image, hookMinutes) {
      const before = (await newest())?.["serviceDeploymentArn"];
      const stages = ["PRE_PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT"];
      await call("UpdateService", {
        ...address,
        taskDefinition: await register(image),
        deploymentConfiguration: {
          strategy: "CANARY",
          bakeTimeInMinutes: 0,
          canaryConfiguration: { canaryPercent: 50, canaryBakeTimeInMinutes: 0 },
          lifecycleHooks: [
            {
              targetType: "PAUSE",
              lifecycleStages: stages,
              timeoutConfiguration: { timeoutInMinutes: hookMinutes, action: "ROLLBACK" },
            },
          ],
        },
      });
      return eventually("the deployment to be listed", async () => {
        const arn = (await newest())?.["serviceDeploymentArn"];
        return arn !== before && typeof arn === "string" ? arn : undefined;
      });
    },
    async status(deployment) {
      const { serviceDeployments } = await call("DescribeServiceDeployments", {
        serviceDeploymentArns: [deployment],
      });
      return String((serviceDeployments as JsonObject[])[0]?.["status"]);
    },
    weights() {
      const weights = aws.elbv2.ruleWeights(rule);
      return `${weights?.get(blue) ?? 0}/${weights?.get(green) ?? 0}`;
    },
    async close() {
      clearInterval(traffic);
      await aws.close();
    },
  };
}
