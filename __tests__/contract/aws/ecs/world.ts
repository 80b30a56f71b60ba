import { EventEmitter } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type DeployRequest,
  type DeployTarget,
  deployToEcs,
  finishEcsDeployment,
  finishOneOffTask,
  openMark,
  openOneOffTask,
  openRecovery,
  removeEcsMark,
  type ServiceWishes,
} from "#ship/aws";
import {
  type ActionOutcome,
  type Clock,
  createCancellation,
  type ManualClock,
  manualClock,
  type OutputValues,
  type Run,
  readEnvironment,
  recordingLog,
  systemExec,
} from "#ship/kit";
import {
  applySeed,
  type JsonObject,
  parseSeed,
  type ScriptedRuntime,
  type SimulatedAws,
  scriptedRuntime,
  startSimulatedAws,
} from "#ship/simulators";

export const cluster = "production";
export const firstImage = "shop:1";

/** A definition of the family `shop` whose container `api` runs `image`. */
export function definition(image: string, extra: JsonObject = {}): JsonObject {
  return {
    family: "shop",
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    cpu: "256",
    memory: "512",
    executionRoleArn: "arn:aws:iam::123456789012:role/execution",
    containerDefinitions: [
      {
        name: "api",
        image,
        portMappings: [{ containerPort: 3000 }],
        environment: [{ name: "PORT", value: "3000" }],
        logConfiguration: {
          logDriver: "awslogs",
          options: {
            "awslogs-group": "/ecs/shop",
            "awslogs-region": "eu-central-1",
            "awslogs-stream-prefix": "ecs",
          },
        },
      },
    ],
    ...extra,
  };
}

const seedText = `
clusters: [production]
log-groups: [/ecs/shop]
target-groups: [{ name: blue, port: 3000 }, { name: green, port: 3000 }]
load-balancers:
  - name: shop
    listeners:
      - port: 80
        forward: { blue: 1 }
        rules: [{ priority: 1, path: "/*", forward: { blue: 100, green: 0 } }]
task-definitions: [${JSON.stringify(definition(firstImage))}]
services:
  - name: shop-blue
    cluster: production
    task-definition: shop
    desired-count: 2
    target-group: blue
    container: api
    container-port: 3000
  - name: shop-green
    cluster: production
    task-definition: shop
    desired-count: 0
    target-group: green
    container: api
    container-port: 3000
`;

/** A simulated account with two services behind one rule, `shop-blue` serving and `shop-green` idle at count 0. */
export interface World {
  readonly aws: SimulatedAws;
  readonly runtime: ScriptedRuntime;
  readonly time: ManualClock;
  readonly rule: string;
  /** Deploys as the action does, in a workflow run of its own (the first is 1001), with time standing still but while the deployment itself waits. */
  deploy(change: Partial<DeployRequest>, cancel?: CancelAfter): Promise<Deployment>;
  /** Deploys until the given call, and dies there: nothing is undone, said or saved, and no post step follows. */
  die(change: Partial<DeployRequest>, at: DeathAt): Promise<void>;
  /** Writes a file into the workspace. */
  write(name: string, text: string): void;
  service(name: string): Promise<JsonObject>;
  weights(): ReadonlyMap<string, number>;
  /** Image of every task that runs or is to run, of one service. */
  runningImages(service: string): string[];
  close(): Promise<void>;
}

/** What came of a deployment. */
export interface Deployment {
  readonly outcome: ActionOutcome;
  readonly outputs: Record<string, unknown>;
  readonly log: readonly string[];
  readonly state: ReadonlyMap<string, string>;
  /** Runs the post step with the state that was saved; answers its log. */
  post(): Promise<readonly string[]>;
}

/** A wish that cancels the run when a call to `action` has been answered for the nth time. */
export type CancelAfter = { readonly action: string; readonly nth: number };

/** The call a run dies with: its first call of `action`, carried out or not. */
export type DeathAt = { readonly action: string; readonly applied: boolean };

/** What can be chosen about a {@link World}. */
export interface WorldOptions {
  /** Milliseconds until the lists show a new service deployment; 1 s unless told. */
  readonly consistencyDelay?: number;
  /** Milliseconds until the account shows a one-off task that was started; none unless told. */
  readonly taskConsistencyDelay?: number;
  /** Why a task cannot be placed now; there is always room unless told. */
  readonly placement?: () => string | undefined;
  /** Milliseconds until a container's first lines can be read; none unless told. */
  readonly streamDelayMilliseconds?: number;
}

/** Starts a {@link World} whose first deployments have settled. */
export async function world({ streamDelayMilliseconds, ...ecs }: WorldOptions = {}): Promise<World> {
  const time = manualClock();
  const runtime = scriptedRuntime(time);
  const logs = streamDelayMilliseconds === undefined ? {} : { streamDelayMilliseconds };
  const aws = await startSimulatedAws({ clock: time, runtime, ecs, logs });
  Object.assign(process.env, aws.environment());
  await applySeed(aws, parseSeed(seedText, "world.ts"));
  await time.advance(300_000);
  const workspace = mkdtempSync(join(tmpdir(), "ship-deploy-"));
  const write = (name: string, text: string) => writeFileSync(join(workspace, name), text);
  write("task-definition.json", JSON.stringify(definition(firstImage)));
  const rule = await pathRule(aws);
  let runs = 1_000;
  // What waits is what moves time: the account stands still while calls are answered.
  const clock: Clock = {
    now: time.now,
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted();
      await time.advance(milliseconds);
      signal?.throwIfAborted();
    },
  };

  return {
    aws,
    runtime,
    time,
    rule,
    write,
    async deploy(change, cancel) {
      runs += 1;
      const id = String(runs);
      const state = new Map<string, string>();
      const outputs: Record<string, unknown> = {};
      const first = makeRun(clock, workspace, state, outputs, id);
      const unfollow = aws.calls.follow(() => {
        if (cancel && aws.calls.of("ecs", cancel.action).length === cancel.nth) first.cancel();
      });
      const outcome = await deployToEcs(session, { ...usual, ...change }, first.run);
      unfollow();
      await first.run.cancellation.settled();
      Object.assign(outputs, outcome.outputs);
      return {
        outcome,
        outputs,
        state,
        log: first.log.lines,
        async post() {
          const second = makeRun(clock, workspace, state, {}, id);
          const task = openOneOffTask(second.run);
          if (task !== undefined) await finishOneOffTask(session, task, second.run);
          const saved = openRecovery(second.run);
          if (saved !== undefined) await finishEcsDeployment(session, saved, second.run);
          const mark = openMark(second.run);
          if (mark !== undefined) await removeEcsMark(session, mark, second.run);
          return second.log.lines;
        },
      };
    },
    die(change, { action, applied }) {
      runs += 1;
      return new Promise((dead, alive) => {
        aws.faults.add({ action, fault: { kind: applied ? "lost-answer" : "reset" } });
        const unfollow = aws.calls.follow((call) => {
          if (call.action === action) aws.faults.add({ fault: { kind: "reset" } });
        });
        const stopped: Clock = {
          now: time.now,
          // Whoever cannot be reached any more is tried again later: here, never.
          sleep() {
            unfollow();
            aws.faults.clear();
            dead();
            return new Promise(() => {});
          },
        };
        const { run } = makeRun(stopped, workspace, new Map(), {}, String(runs));
        deployToEcs(session, { ...usual, ...change }, run).then(
          () => alive(new Error(`The run ended before it called ${action}.`)),
          alive,
        );
      });
    },
    async service(name) {
      const { services } = await aws.call("ecs", "DescribeServices", { cluster, services: [name] });
      return (services as JsonObject[])[0] ?? {};
    },
    weights: () => aws.elbv2.ruleWeights(rule) ?? new Map(),
    runningImages: (name) =>
      [...aws.ecs.state.tasks.values()]
        .filter((task) => task.group === `service:${name}` && task.desiredStatus === "RUNNING")
        .map((task) => task.containers[0]?.image ?? ""),
    async close() {
      rmSync(workspace, { recursive: true, force: true });
      await aws.close();
    },
  };
}

/** `shop-blue`, with what is asked for beside the task definition. */
export function serviceTarget(wishes: Partial<ServiceWishes> = {}, service = "shop-blue"): DeployTarget {
  const none = { desired: undefined, force: false, configuration: {}, members: {} };
  return { kind: "service", address: { cluster, service }, createFrom: undefined, ...none, ...wishes };
}

/** The request of an ordinary deployment of `shop-blue`; tests say what differs. */
export const usual: DeployRequest = {
  taskDefinition: "task-definition.json",
  changes: { containers: new Map() },
  target: serviceTarget(),
  waiting: { every: 5_000, timeout: 1_800_000 },
  rollback: { onFailure: true, onCancel: true },
  mode: "apply",
  waitUntil: { kind: "stable" },
  onConflict: "wait",
  healthCheck: undefined,
  keepRevisions: undefined,
  logLines: 20,
};

/** The changes that put `image` into the container `api`. */
export const withImage = (image: string): DeployRequest["changes"] => ({
  containers: new Map([["api", { image }]]),
});

const session = { region: "eu-central-1", roleToAssume: undefined };

/** A run of the action with a clock and a workspace of its own; what it says is kept. */
export function makeRun(
  clock: Clock,
  workspace: string,
  state: Map<string, string>,
  outputs: Record<string, unknown>,
  id: string,
) {
  const signals = new EventEmitter();
  const cancellation = createCancellation(signals);
  const log = recordingLog();
  const run: Run = {
    environment: readEnvironment({
      GITHUB_WORKSPACE: workspace,
      GITHUB_RUN_ID: id,
      GITHUB_REPOSITORY: "octo/shop",
    }),
    clock,
    log,
    redaction: { add() {}, redact: (text) => text },
    cancellation,
    signal: cancellation.signal,
    exec: systemExec,
    fetch: globalThis.fetch,
    setOutputs: (values: OutputValues) => void Object.assign(outputs, values),
    saveState: (name, value) => void state.set(name, value),
    state: (name) => state.get(name) || undefined,
    idToken: () => Promise.reject(new Error("This job has no token endpoint.")),
  };
  return { run, log, cancel: () => void signals.emit("SIGINT") };
}

async function pathRule(aws: SimulatedAws): Promise<string> {
  const { LoadBalancers } = await aws.call("elbv2", "DescribeLoadBalancers", {});
  const [balancer] = LoadBalancers as JsonObject[];
  const LoadBalancerArn = balancer?.["LoadBalancerArn"];
  const { Listeners } = await aws.call("elbv2", "DescribeListeners", { LoadBalancerArn });
  const ListenerArn = (Listeners as JsonObject[])[0]?.["ListenerArn"];
  const { Rules } = await aws.call("elbv2", "DescribeRules", { ListenerArn });
  return String((Rules as JsonObject[]).find((rule) => rule["IsDefault"] !== true)?.["RuleArn"]);
}
