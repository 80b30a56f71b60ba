import { type NativeSplit, openNativeTarget } from "#ship/aws";
import { type CourseStep, longestHold } from "#ship/delivery";
import { type Clock, type ManualClock, manualClock } from "#ship/kit";
import {
  type JsonObject,
  type Script,
  type ScriptedRuntime,
  type SimulatedAws,
  type SimulatedAwsOptions,
  scriptedRuntime,
  startSimulatedAws,
} from "#ship/simulators";
import { testSession } from "../../session.ts";

export const minute = 60_000;
export const address = { cluster: "production", service: "web" };
export const beforeShift = "PRE_PRODUCTION_TRAFFIC_SHIFT";
export const afterShift = "POST_PRODUCTION_TRAFFIC_SHIFT";

/** A PAUSE hook that rolls back after `minutes` without an answer. */
export const pause = (stage: string, minutes = 25): JsonObject => ({
  targetType: "PAUSE",
  lifecycleStages: [stage],
  timeoutConfiguration: { timeoutInMinutes: minutes, action: "ROLLBACK" },
});

/** 10 % for ten minutes, then everything for ten minutes; held before each shift. */
export const canary: JsonObject = {
  strategy: "CANARY",
  bakeTimeInMinutes: 10,
  canaryConfiguration: { canaryPercent: 10, canaryBakeTimeInMinutes: 10 },
  lifecycleHooks: [pause(beforeShift)],
};

/** A service `web` behind one rule whose traffic Amazon ECS moves between `blue` and `green`; it runs `web:1` in `blue`. */
export interface World {
  readonly aws: SimulatedAws;
  readonly runtime: ScriptedRuntime;
  readonly clock: Clock;
  /** The same time, for what only reads it. */
  readonly time: ManualClock;
  readonly blue: string;
  readonly green: string;
  readonly rule: string;
  advance(milliseconds: number): Promise<void>;
  /** Registers a revision that runs `image` and deploys it; answers the ARN of the service deployment. */
  deploy(image: string, configuration?: JsonObject): Promise<string>;
  open(deployment?: string): Promise<NativeSplit>;
  /** Moves time until the condition holds, at most two simulated hours. */
  until(what: string, condition: () => boolean | Promise<boolean>): Promise<void>;
  /** What DescribeServiceDeployments answers. */
  deployment(arn: string): Promise<Described>;
  /** Weight of each target group by its name. */
  weights(): Readonly<Record<string, number>>;
  /** How often each action that changes something was carried out over the wire. */
  changes(): Readonly<Record<string, number>>;
}

/** The parts of a service deployment that tests look at. */
export interface Described {
  readonly status: string;
  readonly statusReason?: string;
  readonly lifecycleStage?: string;
  readonly lifecycleHookDetails: readonly { readonly hookId: string; readonly status: string }[];
}

export async function world(
  scripts: Readonly<Record<string, Script>> = {},
  ecs: SimulatedAwsOptions["ecs"] = {},
  begin: "settled" | "at once" = "settled",
): Promise<World> {
  const time = manualClock();
  const runtime = scriptedRuntime(time, scripts);
  const aws = await startSimulatedAws({ clock: time, runtime, ecs });
  // What waits is what moves time: the account stands still while calls are answered.
  const clock: Clock = {
    now: time.now,
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted();
      await time.advance(milliseconds);
      signal?.throwIfAborted();
    },
  };
  const place = await createBalancer(aws);
  const call = (action: string, input: JsonObject) => aws.call("ecs", action, input);
  const until: World["until"] = async (what, condition) => {
    for (let waited = 0; !(await condition()); waited += 5_000) {
      if (waited > 120 * minute) throw new Error(`Waited two hours for ${what}, which never came.`);
      await time.advance(5_000);
    }
  };
  const shop: World = {
    aws,
    runtime,
    clock,
    time,
    ...place,
    until,
    advance: (milliseconds) => time.advance(milliseconds),
    async deploy(image, configuration = canary) {
      const taskDefinition = await register(aws, image);
      await call("UpdateService", { ...address, taskDefinition, deploymentConfiguration: configuration });
      await time.advance(2_000);
      const { services } = await call("DescribeServices", { ...address, services: [address.service] });
      return String((services as JsonObject[])[0]?.["currentServiceDeployment"]);
    },
    open: (deployment) =>
      openNativeTarget(
        testSession(clock, aws.environment()),
        {
          ...address,
          deployment,
          longest: (duration) => longestHold(duration, { interval: 10 * minute, maxStep: undefined }),
        },
        new AbortController().signal,
      ),
    async deployment(arn) {
      const { serviceDeployments } = await call("DescribeServiceDeployments", {
        serviceDeploymentArns: [arn],
      });
      const [found] = serviceDeployments as unknown as Described[];
      if (!found) throw new Error(`There is no deployment ${arn}.`);
      return found;
    },
    weights: () =>
      Object.fromEntries(
        [...(aws.elbv2.ruleWeights(place.rule) ?? [])].map(([arn, weight]) => [
          arn.split("/")[1] ?? arn,
          weight,
        ]),
      ),
    changes() {
      const counts: Record<string, number> = {};
      for (const { action, applied } of aws.calls.all)
        if (applied && /^(Stop|Continue|Update|Modify)/.test(action))
          counts[action] = (counts[action] ?? 0) + 1;
      return counts;
    },
  };
  await call("CreateCluster", { clusterName: address.cluster });
  await call("CreateService", await serviceInput(aws, place));
  if (begin === "settled") await until("the first deployment", () => settled(aws));
  return shop;
}

/** A step that the platform leaves only when told to, and one that time ends. */
export const step = (share: number, minutes: number, until: CourseStep["until"]): CourseStep => ({
  share,
  duration: minutes * minute,
  until,
});

interface Place {
  readonly blue: string;
  readonly green: string;
  readonly rule: string;
}

async function createBalancer(aws: SimulatedAws): Promise<Place> {
  const [blue, green] = ["blue", "green"].map(
    (name) => aws.elbv2.createTargetGroup({ name, port: 8080 }).arn,
  );
  if (blue === undefined || green === undefined) throw new Error("No target groups.");
  const listener = await aws.elbv2.createListener({
    loadBalancerArn: aws.elbv2.createLoadBalancer({ name: "shop" }).arn,
    port: 80,
    defaultActions: [{ type: "fixed-response", statusCode: 404 }],
  });
  const rule = aws.elbv2.createRule({
    listenerArn: listener.arn,
    priority: 1,
    conditions: [{ field: "path-pattern", values: ["/*"] }],
    actions: [
      {
        type: "forward",
        targetGroups: [
          { targetGroupArn: blue, weight: 1 },
          { targetGroupArn: green, weight: 0 },
        ],
        stickiness: { enabled: false },
      },
    ],
  }).arn;
  return { blue, green, rule };
}

async function register(aws: SimulatedAws, image: string): Promise<string> {
  const { taskDefinition } = await aws.call("ecs", "RegisterTaskDefinition", {
    family: "web",
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    cpu: "256",
    memory: "512",
    containerDefinitions: [{ name: "app", image, portMappings: [{ containerPort: 8080 }] }],
  });
  return String((taskDefinition as JsonObject)["taskDefinitionArn"]);
}

async function serviceInput(aws: SimulatedAws, { blue, green, rule }: Place): Promise<JsonObject> {
  return {
    cluster: address.cluster,
    serviceName: address.service,
    taskDefinition: await register(aws, "web:1"),
    desiredCount: 2,
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
  };
}

async function settled(aws: SimulatedAws): Promise<boolean> {
  const { serviceDeployments } = await aws.call("ecs", "ListServiceDeployments", address);
  return (serviceDeployments as JsonObject[])[0]?.["status"] === "SUCCESSFUL";
}
