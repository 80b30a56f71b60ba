import { messageOf, type Run, ShipError, type Step } from "#ship/kit";
import type { Caller } from "../api/caller.ts";
import { sentences } from "../reasons/sentence.ts";
import { textOf } from "../task-definition/members.ts";
import type { Fields } from "../task-definition/schema.ts";
import { type EndedTask, followTasks } from "./follow.ts";
import { cancelledReason, createTaskGuard, type TaskGuard } from "./guard.ts";
import { judge, unseenWords } from "./judge.ts";
import { endLeftovers, type LeftoverSearch, type OthersPolicy, requireNoOthers } from "./leftovers.ts";
import type { MainContainer } from "./main-container.ts";
import type { TaskMark } from "./mark.ts";
import { orderOf, type TaskOrder } from "./order.ts";
import { type TaskOutcome, taskLink, taskOutputs } from "./outcome.ts";
import type { LaunchSettings, TaskRequest } from "./request.ts";
import { requirePlaced, startTasks } from "./start.ts";
import { startedByOf } from "./started-by.ts";
import { verdictOf } from "./verdict.ts";

/** What a one-off task needs besides its request. Durations are milliseconds. */
export interface TaskScene {
  readonly caller: Caller;
  readonly run: Run;
  readonly waiting: { readonly every: number; readonly timeout: number };
  /** Body of what shall run, known before it is registered. */
  definition(): Promise<Fields>;
  /** ARN of what shall run, once registered. */
  taskDefinition(): string;
  /** What the service gives; `undefined` without one. */
  settings(): Promise<LaunchSettings | undefined>;
  /** What to do about another run's one-off task of the same family. */
  readonly others: OthersPolicy;
  /** Last lines of output to show of each task; 0 for none. */
  readonly logLines: number;
  /** Domain of the AWS console, for example `aws.amazon.com`. */
  readonly consoleDomain: string;
  /** Told whenever more is known. */
  onOutcome(outcome: TaskOutcome): void;
}

/** The step, and what ends its protection once everything after it has succeeded. */
export interface OneOffTask {
  readonly step: Step;
  close(): void;
}

/** Runs a one-off task, and stops it when the run is cancelled, it takes too long, or not all of it could be started. */
export function runOneOffTask(request: TaskRequest, scene: TaskScene): OneOffTask {
  const { caller, run } = scene;
  const guard = createTaskGuard(caller, run);
  let prepared: Prepared | undefined;
  let isLeft = false;

  const step: Step = {
    name: "Run the one-off task",
    async verify() {
      // A definition or service that cannot be read is the problem of the step that needs it most.
      const definition = await scene.definition().catch(() => undefined);
      if (definition === undefined) return [];
      const settings = await scene.settings().catch(() => "unreadable" as const);
      if (settings === "unreadable") return [];
      prepared = { definition, ...orderOf(request, definition, settings) };
      await requireNoOthers(searchOf(request, scene, definition));
      return [];
    },
    async plan() {
      return prepared === undefined ? "run the task" : planOf(prepared, request);
    },
    async run({ signal }) {
      const { definition, order, main } = required(prepared);
      await endLeftovers(searchOf(request, scene, definition), signal);
      const mark = markOf(request, scene);
      const started = await guard.start(mark, (protectedCaller) => startTasks(protectedCaller, mark, order));
      let outcome: TaskOutcome = outcomeOf(scene, request.cluster, main, started.tasks);
      const tell = (next: TaskOutcome) => {
        outcome = next;
        scene.onOutcome(next);
        run.setOutputs(taskOutputs(next));
      };
      tell(outcome);
      for (const link of outcome.links) run.log.info(`Started ${link}`);
      if (started.failures.length > 0 || started.tasks.length === 0)
        requirePlaced(
          started,
          mark,
          await stopped(guard, "Stopped by deploy-ecs: not all tasks of the call were placed", signal),
        );
      if (request.after === "go-on") {
        isLeft = true;
        return `${started.tasks.length} started; nobody waits`;
      }
      const ended = await followTasks({
        caller,
        cluster: request.cluster,
        tasks: started.tasks,
        definition,
        main,
        logs: request.logs,
        keep: scene.logLines,
        ...scene.waiting,
        signal,
      }).catch((error: unknown) => stopLate(guard, error, signal));
      guard.close();
      tell({ ...outcome, ended: ended.map((task) => ({ ...task, verdict: verdictOf(task, main.name) })) });
      return judge(outcome, await unseenWords(caller, outcome, scene.logLines));
    },
    async undo({ signal, log }) {
      if (!guard.isOpen) return;
      if (isLeft && !run.signal.aborted) {
        log.info("The one-off task goes on: nobody was to wait for it.");
        guard.close();
        return;
      }
      const reason = run.signal.aborted ? cancelledReason : "Stopped by deploy-ecs: its run failed";
      const count = await guard.stop(reason, signal);
      log.info(count === 0 ? "No task of this run was found." : `${count} asked to stop.`);
    },
  };
  return { step, close: guard.close };
}

interface Prepared {
  readonly definition: Fields;
  readonly order: TaskOrder;
  readonly main: MainContainer;
}

function required(prepared: Prepared | undefined): Prepared {
  if (prepared === undefined)
    throw new Error("The one-off task was not prepared: its definition or service could not be read.");
  return prepared;
}

function markOf(request: TaskRequest, { run, caller, waiting, taskDefinition }: TaskScene): TaskMark {
  const { runId, runAttempt } = run.environment.github;
  const now = caller.session.clock.now();
  const until = request.after === "wait" ? now + waiting.timeout : undefined;
  return {
    cluster: request.cluster,
    taskDefinition: taskDefinition(),
    startedBy: request.startedBy ?? startedByOf(runId, runAttempt, until),
    startedByIs: request.startedBy === undefined ? "ours-alone" : "shared",
    count: request.count,
    sentAt: now,
    tasks: [],
  };
}

function searchOf(request: TaskRequest, scene: TaskScene, definition: Fields): LeftoverSearch {
  const { caller, run, others, waiting } = scene;
  return { caller, run, cluster: request.cluster, family: textOf(definition, "family"), others, ...waiting };
}

function outcomeOf(
  scene: TaskScene,
  cluster: string,
  main: MainContainer,
  tasks: readonly { arn: string }[],
): TaskOutcome {
  const { region } = scene.caller.session;
  const arns = tasks.map(({ arn }) => arn);
  const links = arns.map((arn) => taskLink(arn, cluster, region, scene.consoleDomain));
  return { arns, main: main.name, links, ended: [] };
}

/** Stops what was started and answers what became of it, for a message. */
async function stopped(guard: TaskGuard, reason: string, signal: AbortSignal): Promise<string> {
  try {
    const count = await guard.stop(reason, signal);
    return count === 1 ? "it was asked to stop" : "they were asked to stop";
  } catch (error) {
    signal.throwIfAborted();
    return `it could not be stopped (${messageOf(error)})`;
  }
}

/** A task that nobody waits for any longer is stopped, and the error says so. */
async function stopLate(
  guard: TaskGuard,
  error: unknown,
  signal: AbortSignal,
): Promise<readonly EndedTask[]> {
  signal.throwIfAborted();
  if (!(error instanceof ShipError) || error.code !== "TASK_TIMEOUT") throw error;
  const end = await stopped(guard, "Stopped by deploy-ecs: wait-for-minutes has passed", signal);
  throw new ShipError(error.code, sentences(error.message, `${end.charAt(0).toUpperCase()}${end.slice(1)}`), {
    cause: error,
  });
}

function planOf({ order, main }: Prepared, request: TaskRequest): string {
  const where =
    order.launchType ??
    (order.capacityProviderStrategy?.map((item) => item.capacityProvider).join(", ") ||
      "the cluster's default capacity provider");
  const subnets = order.networkConfiguration?.awsvpcConfiguration?.subnets ?? [];
  const command = request.command === undefined ? "" : `, command ${JSON.stringify(request.command)}`;
  return `run ${order.count} ${order.count === 1 ? "task" : "tasks"} on ${where}${subnets.length > 0 ? ` in ${subnets.join(", ")}` : ""}: container ${main.name}${command}; ${request.after === "wait" ? "wait for its exit code" : "do not wait"}`;
}
