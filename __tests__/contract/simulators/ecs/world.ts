import { type ManualClock, manualClock } from "#ship/kit";
import {
  createEcs,
  type EcsOptions,
  type EcsSimulator,
} from "../../../../packages/simulators/src/ecs/index.ts";
import type { Endpoint, EndpointHealth, LoadBalancing } from "../../../../packages/simulators/src/ports.ts";
import {
  type Script,
  type ScriptedRuntime,
  scriptedRuntime,
} from "../../../../packages/simulators/src/runtime/scripted.ts";
import type { JsonObject } from "../../../../packages/simulators/src/service.ts";
import { checkAnswer } from "./model.ts";

/** An account with one cluster on a manual clock, a scripted runtime and a load balancer that probes it. */

export const BLUE = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/blue/0123456789abcdef";
export const GREEN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/green/fedcba9876543210";
export const PRODUCTION = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/web/1/2/3";
export const TEST = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/web/1/2/4";

interface Target {
  readonly endpoint: Endpoint;
  readonly since: number;
  drainsSince?: number;
}

export interface BalancerStandIn extends LoadBalancing {
  readonly rules: Map<string, ReadonlyMap<string, number>>;
  /** Every rewrite of a rule, in order. */
  readonly shifts: [rule: string, weights: Record<string, number>][];
}

function balancer(clock: ManualClock, runtime: ScriptedRuntime): BalancerStandIn {
  const groups = new Map<string, Map<string, Target>>([BLUE, GREEN].map((arn) => [arn, new Map()]));
  const rules = new Map<string, ReadonlyMap<string, number>>([
    [
      PRODUCTION,
      new Map([
        [BLUE, 1],
        [GREEN, 0],
      ]),
    ],
    [
      TEST,
      new Map([
        [BLUE, 1],
        [GREEN, 0],
      ]),
    ],
  ]);
  const shifts: BalancerStandIn["shifts"] = [];
  const key = ({ host, port }: Endpoint) => `${host}:${port}`;
  const healthOf = (target: Target): EndpointHealth[] => {
    const { endpoint } = target;
    if (target.drainsSince !== undefined) {
      return clock.now() - target.drainsSince < 5_000 ? [{ endpoint, state: "draining" }] : [];
    }
    if (clock.now() - target.since < 10_000) return [{ endpoint, state: "initial" }];
    if (runtime.probe(endpoint) === "healthy") return [{ endpoint, state: "healthy" }];
    return [{ endpoint, state: "unhealthy", description: "Health checks failed with these codes: [500]" }];
  };
  return {
    rules,
    shifts,
    register: (arn, endpoint) => groups.get(arn)?.set(key(endpoint), { endpoint, since: clock.now() }),
    deregister: (arn, endpoint) => {
      const target = groups.get(arn)?.get(key(endpoint));
      if (target) target.drainsSince = clock.now();
    },
    health: (arn) => [...(groups.get(arn)?.values() ?? [])].flatMap(healthOf),
    targetGroupExists: (arn) => groups.has(arn),
    ruleWeights: (arn) => rules.get(arn),
    setRuleWeights: (arn, weights) => {
      rules.set(arn, weights);
      shifts.push([
        arn === PRODUCTION ? "production" : "test",
        { blue: weights.get(BLUE) ?? -1, green: weights.get(GREEN) ?? -1 },
      ]);
    },
  };
}

export interface World {
  readonly clock: ManualClock;
  readonly ecs: EcsSimulator;
  readonly runtime: ScriptedRuntime;
  readonly balancer: BalancerStandIn;
  readonly alarms: Map<string, "OK" | "ALARM">;
  readonly lines: { group: string; stream: string; message: string }[];
  call(action: string, input?: JsonObject): Promise<JsonObject>;
  /** Registers a Fargate definition `web` whose one container runs `image` on port 8080. */
  register(image: string, more?: JsonObject): Promise<string>;
  service(name?: string): Promise<Described>;
  /** Moves the clock in steps until the condition holds; fails after an hour of simulated time. */
  until(condition: () => Promise<boolean>, limitMinutes?: number): Promise<void>;
  settled(name?: string): Promise<void>;
}

export interface Described {
  readonly taskDefinition: string;
  readonly runningCount: number;
  readonly pendingCount: number;
  readonly desiredCount: number;
  readonly status: string;
  readonly currentServiceDeployment?: string;
  readonly deployments: readonly {
    readonly id: string;
    readonly status: string;
    readonly taskDefinition: string;
    readonly rolloutState: string;
    readonly rolloutStateReason: string;
    readonly failedTasks: number;
    readonly runningCount: number;
  }[];
  readonly events: readonly { readonly message: string }[];
}

const network = {
  awsvpcConfiguration: { subnets: ["subnet-1"], securityGroups: ["sg-1"], assignPublicIp: "DISABLED" },
};

export const fargateService = (taskDefinition: string, more: JsonObject = {}): JsonObject => ({
  cluster: "shop",
  serviceName: "web",
  taskDefinition,
  desiredCount: 2,
  launchType: "FARGATE",
  networkConfiguration: network,
  loadBalancers: [{ targetGroupArn: BLUE, containerName: "app", containerPort: 8080 }],
  ...more,
});

export async function world(
  scripts: Record<string, Script> = {},
  options: Partial<EcsOptions> = {},
): Promise<World> {
  const clock = manualClock();
  const runtime = scriptedRuntime(clock, scripts);
  const loadBalancer = balancer(clock, runtime);
  const alarms = new Map<string, "OK" | "ALARM">();
  const lines: World["lines"] = [];
  const ecs = createEcs({
    clock,
    region: "eu-west-1",
    accountId: "123456789012",
    loadBalancing: loadBalancer,
    alarms: { state: (name) => alarms.get(name) },
    logs: { write: (group, stream, message) => lines.push({ group, stream, message }) },
    runtime,
    pace: { schedulerInterval: 5_000 },
    ...options,
  });
  const call = async (action: string, input: JsonObject = {}): Promise<JsonObject> => {
    const handler = ecs.handlers[action];
    if (!handler) throw new Error(`no handler for ${action}`);
    const answer = await handler(input, { service: "ecs", action, input, region: "eu-west-1" });
    checkAnswer(action, answer);
    return answer;
  };
  const service = async (name = "web") => {
    const { services } = (await call("DescribeServices", { cluster: "shop", services: [name] })) as {
      services: Described[];
    };
    const [found] = services;
    if (!found) throw new Error(`service ${name} is missing`);
    return found;
  };
  const until = async (condition: () => Promise<boolean>, limitMinutes = 60) => {
    for (let waited = 0; !(await condition()); waited += 5_000) {
      if (waited > limitMinutes * 60_000) throw new Error(`not so after ${limitMinutes} simulated minutes`);
      await clock.advance(5_000);
    }
  };
  await call("CreateCluster", { clusterName: "shop" });
  return {
    clock,
    ecs,
    runtime,
    balancer: loadBalancer,
    alarms,
    lines,
    call,
    service,
    until,
    async register(image, more = {}) {
      const { taskDefinition } = (await call("RegisterTaskDefinition", {
        family: "web",
        networkMode: "awsvpc",
        requiresCompatibilities: ["FARGATE"],
        cpu: "256",
        memory: "512",
        containerDefinitions: [{ name: "app", image, portMappings: [{ containerPort: 8080 }], ...more }],
      })) as { taskDefinition: { taskDefinitionArn: string } };
      return taskDefinition.taskDefinitionArn;
    },
    settled: (name) =>
      until(async () => {
        const { deployments, runningCount, desiredCount } = await service(name);
        return (
          deployments.length === 1 &&
          deployments[0]?.rolloutState !== "IN_PROGRESS" &&
          runningCount === desiredCount
        );
      }),
  };
}
