import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect } from "@jest/globals";
import { systemClock } from "#ship/kit";
import {
  applySeed,
  type JsonObject,
  parseSeed,
  type ScriptedRuntime,
  type SimulatedAws,
  type SimulatedAwsOptions,
  scriptedRuntime,
  startSimulatedAws,
} from "#ship/simulators";
import { eventually } from "../support/eventually.ts";
import { runStep, type StepOptions, type StepResult } from "./runner-step.ts";

/** A container whose output goes to the log group of the account. */
export function container(name: string, image: string, more: JsonObject = {}): JsonObject {
  const options = { "awslogs-group": "/ecs/shop", "awslogs-stream-prefix": "ecs" };
  return { name, image, logConfiguration: { logDriver: "awslogs", options }, ...more };
}

/** A definition of Fargate tasks with these containers. */
export function definition(family: string, ...containerDefinitions: readonly JsonObject[]): JsonObject {
  const size = { cpu: "256", memory: "512", networkMode: "awsvpc", requiresCompatibilities: ["FARGATE"] };
  return { family, ...size, containerDefinitions };
}

/** The definition that a world begins with, unless it is told another. */
export const shop = definition(
  "shop",
  container("api", "shop:1", { portMappings: [{ containerPort: 3000 }] }),
);

/** A service of {@link shop} behind a target group, in the words of a seed. */
export function serviceOf(name: string, group: "blue" | "green", count = 2, settings: JsonObject = {}) {
  const behind = { "target-group": group, container: "api", "container-port": 3000 };
  return { name, "desired-count": count, ...behind, settings };
}

/** What an account holds at first. */
export interface DeployLayout {
  /** Registered, and written to `task-definition.json`. */
  readonly definition?: JsonObject;
  /** Services in the words of a seed, in the cluster `default`; the first is the one that `deploy` deploys. */
  readonly services?: readonly ({ readonly name: string } & JsonObject)[];
  readonly simulator?: SimulatedAwsOptions;
}

/** Inputs of one step. */
export type Inputs = Readonly<Record<string, string>>;

/** A simulated account with services that serve, a checkout, and the bundle that deploys. */
export interface DeployWorld extends AsyncDisposable {
  readonly aws: SimulatedAws;
  readonly runtime: ScriptedRuntime;
  readonly workspace: string;
  /** Writes a file of the checkout; a document as JSON. */
  write(file: string, content: string | JsonObject): void;
  /** Runs the bundle with exactly these inputs; its files below RUNNER_TEMP stay for the next step. */
  run(inputs: Inputs, more?: Partial<StepOptions>): Promise<StepResult>;
  /** Deploys the image `shop:2`, or what the inputs say. */
  deploy(inputs?: Inputs, more?: Partial<StepOptions>): Promise<StepResult>;
  /** Does something to Amazon ECS that no step asked for. */
  ecs(action: string, input: JsonObject): Promise<JsonObject>;
  service(name?: string): Promise<JsonObject>;
  /** `family:revision` of a service. */
  revision(name?: string): Promise<string>;
  newestDeployment(name?: string): Promise<JsonObject>;
  settled(name?: string): Promise<void>;
  /** Image of every task of the services that runs or is to run. */
  images(name?: string): (string | undefined)[];
  oneOffTasks(): SimulatedTask[];
  /** What calls of steps asked for, oldest first. */
  sent(action: string): readonly JsonObject[];
  /** Actions of steps that change something, oldest first. */
  writes(): readonly string[];
  listener(): Promise<string>;
  /** The rule that forwards to `blue` (100) and `green` (0). */
  rule(): Promise<string>;
}

type SimulatedTask = SimulatedAws["ecs"]["state"]["tasks"] extends ReadonlyMap<string, infer T> ? T : never;

/** Opens a {@link DeployWorld}, once its services serve. */
export async function openDeployWorld(layout: DeployLayout = {}): Promise<DeployWorld> {
  const { definition: document = shop, services = [serviceOf("shop", "blue")] } = layout;
  const main = services[0]?.name ?? "";
  const runtime = scriptedRuntime(systemClock);
  const aws = await startSimulatedAws({
    runtime,
    ecs: { speed: 200 },
    elbv2: { second: 5 },
    ...layout.simulator,
  });
  const seed = {
    clusters: ["default"],
    "log-groups": ["/ecs/shop"],
    "target-groups": ["blue", "green"].map((name) => ({ name, port: 3000 })),
    "load-balancers": [{ name: "shop", listeners: [listener] }],
    "task-definitions": [document],
    services: services.map((service) => ({ cluster: "default", "task-definition": "shop", ...service })),
  };
  await applySeed(aws, parseSeed(JSON.stringify(seed), "deploy-world.ts"));
  const folder = mkdtempSync(join(tmpdir(), "ship-deploy-"));
  const [workspace, temporary] = [join(folder, "workspace"), join(folder, "temporary")];
  for (const path of [workspace, temporary]) mkdirSync(path);

  const world: DeployWorld = {
    aws,
    runtime,
    workspace,
    write: (file, content) =>
      writeFileSync(join(workspace, file), typeof content === "string" ? content : JSON.stringify(content)),
    run: (inputs, more = {}) =>
      runStep({
        action: "deploy-ecs",
        workspace,
        inputs,
        ...more,
        environment: { ...aws.environment(), RUNNER_TEMP: temporary, ...more.environment },
      }),
    deploy: (inputs = {}, more = {}) => {
      const release = { "task-definition": "task-definition.json", "container-name": "api" };
      const wishes = { image: "shop:2", service: main, "poll-interval": "100ms" };
      return world.run({ ...release, ...wishes, ...inputs }, more);
    },
    ecs: (action, input) => aws.call("ecs", action, input),
    async service(name = main) {
      const asked = await world.ecs("DescribeServices", { services: [name], include: ["TAGS"] });
      return (asked["services"] as JsonObject[])[0] ?? {};
    },
    revision: async (name) =>
      String((await world.service(name))["taskDefinition"])
        .split("/")
        .at(-1) ?? "",
    async newestDeployment(name = main) {
      const { serviceDeployments } = await world.ecs("ListServiceDeployments", { service: name });
      return (serviceDeployments as JsonObject[])[0] ?? {};
    },
    async settled(name) {
      await eventually("the service to settle", async () => isSettled(await world.service(name)));
    },
    images: (name) =>
      [...aws.ecs.state.tasks.values()]
        .filter(({ group }) =>
          name === undefined ? group.startsWith("service:") : group === `service:${name}`,
        )
        .filter((task) => task.desiredStatus === "RUNNING")
        .map((task) => task.containers[0]?.image),
    oneOffTasks: () => [...aws.ecs.state.tasks.values()].filter((task) => !task.group.startsWith("service:")),
    sent: (action) => aws.calls.all.filter((call) => call.action === action).map(({ input }) => input),
    writes: () =>
      aws.calls.all
        .map(({ action }) => action)
        .filter((action) => !/^(Describe|List|Get|BatchGet)/.test(action)),
    async listener() {
      const [balancer] = await answered(aws, "LoadBalancers", {});
      const LoadBalancerArn = balancer?.["LoadBalancerArn"];
      return String((await answered(aws, "Listeners", { LoadBalancerArn }))[0]?.["ListenerArn"]);
    },
    async rule() {
      const rules = await answered(aws, "Rules", { ListenerArn: await world.listener() });
      return String(rules.find((rule) => rule["IsDefault"] !== true)?.["RuleArn"]);
    },
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true, force: true });
      await aws.close();
      expect(aws.violations).toEqual([]);
    },
  };
  world.write("task-definition.json", document);
  await Promise.all(services.map(({ name }) => world.settled(name)));
  return world;
}

/** A test in a {@link DeployWorld} of its own, for those that run side by side. */
export function inWorld(
  test: (world: DeployWorld) => Promise<void>,
  layout: DeployLayout = {},
): () => Promise<void> {
  return async () => {
    await using world = await openDeployWorld(layout);
    await test(world);
  };
}

/** Opens a {@link DeployWorld} around every test of a file. */
export function deployWorld(layout: DeployLayout = {}): DeployWorld {
  let world: DeployWorld;
  beforeEach(async () => {
    world = await openDeployWorld(layout);
  });
  afterEach(async () => {
    await world[Symbol.asyncDispose]();
  });
  return new Proxy({} as DeployWorld, { get: (_, member) => Reflect.get(world, member) });
}

/** Blue serves everything; the rule has green beside it for releases that traffic is shifted to. */
const listener = {
  port: 80,
  forward: { blue: 1 },
  rules: [{ priority: 1, path: "/*", forward: { blue: 100, green: 0 } }],
};

/** One rollout that is through, and every task it wants. A service of CodeDeploy has no rollouts. */
function isSettled({ deployments, desiredCount, runningCount }: JsonObject): boolean {
  const rollouts = (deployments ?? []) as readonly JsonObject[];
  const isOver = rollouts.length < 2 && rollouts.every(({ rolloutState }) => rolloutState === "COMPLETED");
  return isOver && runningCount === desiredCount;
}

/** Everything of one kind that the account's load balancing holds. */
async function answered(aws: SimulatedAws, kind: string, input: JsonObject): Promise<readonly JsonObject[]> {
  return (await aws.call("elbv2", `Describe${kind}`, input))[kind] as readonly JsonObject[];
}
