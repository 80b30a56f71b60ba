import { EventEmitter } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSession } from "#ship/aws";
import {
  type Clock,
  createCancellation,
  type OutputValues,
  type PipelineReport,
  type Run,
  readEnvironment,
  recordingLog,
  runPipeline,
  systemExec,
} from "#ship/kit";
import type { JsonObject } from "#ship/simulators";
import { finishCodeDeployRecovery } from "../../../../packages/aws/src/codedeploy/after.ts";
import { createCodeDeployer } from "../../../../packages/aws/src/codedeploy/deployer.ts";
import type { CodeDeployJournal } from "../../../../packages/aws/src/codedeploy/job.ts";
import type { CodeDeployRequest } from "../../../../packages/aws/src/codedeploy/settings.ts";
import {
  type World as Account,
  world as account,
  type GroupChoice,
} from "../../simulators/codedeploy/world.ts";

export { names } from "../../simulators/codedeploy/world.ts";

/** What came of a deployment through CodeDeploy. */
export interface Ending {
  readonly report: PipelineReport;
  readonly journal: CodeDeployJournal;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly log: readonly string[];
  readonly state: ReadonlyMap<string, string>;
  /** Runs the post step with the state that was saved; answers its log. */
  post(): Promise<readonly string[]>;
}

/** The account, and a run that deploys to it. */
export interface World extends Account {
  /** Deploys `web:<revision>`, which is registered beforehand where needed. */
  deploy(change?: Partial<CodeDeployRequest>, more?: RunChoice): Promise<Ending>;
  /** Deploys until the first call of `action`, carried out or not, and dies there: nothing is undone, said or saved. */
  die(action: string, applied: boolean): Promise<void>;
  write(name: string, text: string): void;
  /** Tags on the service that begin with `ship:`. */
  tags(): Promise<Readonly<Record<string, string>>>;
  /** Inputs of every call of a CodeDeploy action so far. */
  sent(action: string): readonly JsonObject[];
  /** Images of the tasks that run or are to run. */
  running(): readonly string[];
}

/** What is chosen about a run. */
export interface RunChoice {
  /** ARN to deploy; `web:2` unless told. */
  readonly taskDefinition?: string;
  /** Cancels the run when a call to the action has been answered for the nth time. */
  readonly cancel?: { readonly action: string; readonly nth: number };
  readonly environment?: Readonly<Record<string, string>>;
  /** What a later step does once the deployment counts. */
  afterwards?(): Promise<never>;
}

const usual: CodeDeployRequest = {
  address: { cluster: "production", service: "web" },
  settings: {},
  asked: { members: {}, configuration: {} },
  desired: undefined,
  force: false,
  waiting: { every: 15_000, timeout: 1_800_000, until: { kind: "stable" } },
  onConflict: "wait",
  rollback: { onFailure: true, onCancel: true },
  logLines: 20,
};

/** Starts a {@link World} whose service runs `web:1`, with `web:2` registered. */
export async function world(choice: GroupChoice = {}): Promise<World> {
  const web = await account(choice);
  const next = await web.register("web:2");
  const { aws, time } = web;
  Object.assign(process.env, aws.environment());
  const workspace = mkdtempSync(join(tmpdir(), "ship-codedeploy-"));
  // What waits is what moves time: the account stands still while calls are answered.
  const clock: Clock = {
    now: time.now,
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted();
      await time.advance(milliseconds);
      signal?.throwIfAborted();
    },
  };
  const runWith = (
    ofClock: Clock,
    state: Map<string, string>,
    outputs: Record<string, unknown>,
    environment: Readonly<Record<string, string>> = {},
  ) => {
    const signals = new EventEmitter();
    const cancellation = createCancellation(signals);
    const log = recordingLog();
    const run: Run = {
      environment: readEnvironment({ GITHUB_WORKSPACE: workspace, ...environment }),
      clock: ofClock,
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
  };
  const sessionOf = (run: Run) => openSession({ region: aws.region, roleToAssume: undefined }, run);
  const start = (
    run: Run,
    change: Partial<CodeDeployRequest>,
    taskDefinition: string,
    afterwards?: () => Promise<never>,
  ) => {
    const deployer = createCodeDeployer(sessionOf(run), { ...usual, ...change }, run, () => taskDefinition);
    const later = afterwards === undefined ? [] : [{ name: "Check the address", run: afterwards }];
    const report = runPipeline([...deployer.before, ...deployer.after, ...later], {
      mode: "apply",
      clock: run.clock,
      log: run.log,
      signal: run.signal,
    });
    return { deployer, report };
  };

  return {
    ...web,
    async deploy(change = {}, more = {}) {
      const state = new Map<string, string>();
      const outputs: Record<string, unknown> = {};
      const { run, log, cancel } = runWith(clock, state, outputs, more.environment);
      const unfollow = aws.calls.follow(() => {
        const at = more.cancel;
        const service = at && /^(Update|Describe|List)(Service|Task)/.test(at.action) ? "ecs" : "codedeploy";
        if (at && aws.calls.of(service, at.action).length === at.nth) cancel();
      });
      const { deployer, report } = start(run, change, more.taskDefinition ?? next, more.afterwards);
      const ended = await report;
      unfollow();
      await run.cancellation.settled();
      if (!ended.failure) deployer.close();
      return {
        report: ended,
        journal: deployer.journal,
        outputs,
        log: log.lines,
        state,
        async post() {
          const second = runWith(clock, state, {});
          const saved = second.run.state("recovery");
          if (saved !== undefined)
            await finishCodeDeployRecovery(sessionOf(second.run), JSON.parse(saved), second.run);
          return second.log.lines;
        },
      };
    },
    die(action, applied) {
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
        const dying = { GITHUB_RUN_ID: "7", GITHUB_RUN_ATTEMPT: "1", GITHUB_REPOSITORY: "acme/shop" };
        const { run } = runWith(stopped, new Map(), {}, dying);
        start(run, {}, next).report.then(
          () => alive(new Error(`The run ended before it called ${action}.`)),
          alive,
        );
      });
    },
    async tags() {
      const { services } = await aws.call("ecs", "DescribeServices", {
        cluster: "production",
        services: ["web"],
        include: ["TAGS"],
      });
      const tags = ((services as JsonObject[])[0]?.["tags"] ?? []) as { key: string; value: string }[];
      return Object.fromEntries(
        tags.filter(({ key }) => key.startsWith("ship:")).map(({ key, value }) => [key, value]),
      );
    },
    write: (name, text) => writeFileSync(join(workspace, name), text),
    sent: (action) => aws.calls.of("codedeploy", action).map((call) => call.input),
    running: () =>
      [...aws.ecs.state.tasks.values()]
        .filter((task) => task.desiredStatus === "RUNNING")
        .map((task) => task.containers[0]?.image ?? ""),
    async close() {
      rmSync(workspace, { recursive: true, force: true });
      await web.close();
    },
  };
}
