import { graceMilliseconds, isShipError, messageOf, type Run } from "#ship/kit";
import { urgentCalls, urgentRequests } from "../../urgency.ts";
import { type Caller, createCaller, under } from "../api/caller.ts";
import { stopTask, type TaskState } from "../api/tasks.ts";
import { findTasks, type TaskMark } from "./mark.ts";
import { oneOffTaskState } from "./saved.ts";

/** Longest wait of a cancellation for a RunTask that is under way, in milliseconds. */
const settleLimit = 2_000;

/** Shown by Amazon ECS as the stopped reason of tasks that a cancelled run leaves behind. */
export const cancelledReason = "Stopped by deploy-ecs: its run was cancelled";

/** What keeps one-off tasks from outliving a run that was cancelled or died: the call of a cancellation, and the saved state. */
export interface TaskGuard {
  /** Starts tasks under protection: from here on a cancellation stops them. */
  start<T extends { readonly tasks: readonly TaskState[] }>(
    mark: TaskMark,
    send: (caller: Caller) => Promise<T>,
  ): Promise<T>;
  /** Nothing is left to stop. */
  close(): void;
  /** Stops what was started, or may have been. Answers how many tasks there were. */
  stop(reason: string, signal: AbortSignal): Promise<number>;
  /** Whether there may be something to stop. */
  readonly isOpen: boolean;
}

/** Creates the {@link TaskGuard} of one step. */
export function createTaskGuard(caller: Caller, run: Run): TaskGuard {
  const { session } = caller;
  const urgent = createCaller({ ...session, config: { ...session.config, ...urgentRequests } });
  let mark: TaskMark | undefined;
  let starting: Promise<unknown> = Promise.resolve();
  let sending = new AbortController();
  let withdraw = () => {};
  let stopping: Promise<number> | undefined;

  const remember = () => run.saveState(oneOffTaskState, mark ? JSON.stringify(mark) : "");
  const close = () => {
    if (!mark) return;
    mark = undefined;
    withdraw();
    remember();
  };
  const onCancel = async () => {
    // The answer of a RunTask under way names what there is to stop; one that hangs is given up.
    await Promise.race([starting.catch(() => {}), session.clock.sleep(settleLimit)]);
    sending.abort(run.signal.reason);
    if (!mark) return;
    const signal = AbortSignal.timeout(graceMilliseconds - settleLimit);
    stopping = stopMarked({ ...urgent, options: { signal, policy: urgentCalls } }, mark, cancelledReason);
    await stopping;
  };

  return {
    async start(wanted, send) {
      mark = wanted;
      remember();
      sending = new AbortController();
      withdraw = run.cancellation.onCancel(onCancel);
      let inDoubt = false;
      const onDoubt = () => {
        inDoubt = true;
      };
      const sent = send({ ...caller, options: { signal: sending.signal, onDoubt } });
      starting = sent;
      try {
        const started = await sent;
        mark = { ...wanted, tasks: started.tasks.map((task) => task.arn) };
        remember();
        if (started.tasks.length === 0) close();
        return started;
      } catch (error) {
        if (!inDoubt && isAnswered(error)) close();
        throw error;
      }
    },
    close,
    async stop(reason, signal) {
      if (!mark) return 0;
      const wanted = mark;
      const again = () => stopMarked(under(caller, signal), wanted, reason);
      // None found is no answer yet: lists lag behind.
      const stopped = (await stopping?.catch(() => 0)) || (await again());
      // Tasks whose answer was lost may not be listed yet: then the post step looks once more.
      if (stopped > 0 || mark.tasks.length > 0) close();
      return stopped;
    },
    get isOpen() {
      return mark !== undefined;
    },
  };
}

/** Stops the tasks of a mark. @throws the first refusal, once every task was tried */
export async function stopMarked(caller: Caller, mark: TaskMark, reason: string): Promise<number> {
  const arns = mark.tasks.length > 0 ? mark.tasks : (await findTasks(caller, mark)).map(({ arn }) => arn);
  const ends = await Promise.allSettled(arns.map((arn) => stopTask(caller, mark.cluster, arn, reason)));
  const problems = ends.flatMap((end) => (end.status === "rejected" ? [end.reason as unknown] : []));
  const [first] = problems;
  if (first !== undefined) {
    caller.session.log.warning(`A one-off task could not be stopped: ${messageOf(first)}`);
    throw first;
  }
  return arns.length;
}

/** True for errors that came with an answer, and for calls that were never sent: either way nothing was started. */
function isAnswered(error: unknown): boolean {
  return isShipError(error) && error.kind !== "cancelled";
}
