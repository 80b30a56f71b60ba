import type { ContainerState, TaskState } from "../api/tasks.ts";
import { sentences } from "../reasons/sentence.ts";

/** How a one-off task ended, judged by its main container alone. */
export type TaskVerdict =
  | { readonly kind: "succeeded"; readonly exitCode: 0 }
  | {
      readonly kind: "failed";
      /** Absent when the main container never ran. */
      readonly exitCode: number | undefined;
      /** In sentences. */
      readonly why: string;
    };

/** What stop codes mean (API reference, Task.stopCode). */
const stopCodes: Readonly<Record<string, string>> = {
  TaskFailedToStart: "it failed to start",
  EssentialContainerExited: "an essential container ended",
  UserInitiated: "somebody stopped it",
  ServiceSchedulerInitiated: "the service scheduler stopped it",
  SpotInterruption: "its Spot capacity was taken back",
  TerminationNotice: "its host is being retired",
  InfrastructureHealth: "its host became unhealthy",
};
/** The codes of an end that came from outside: a program that answers SIGTERM with exit code 0 has not done its work. */
const interruptions = new Set([
  "UserInitiated",
  "ServiceSchedulerInitiated",
  "SpotInterruption",
  "TerminationNotice",
  "InfrastructureHealth",
]);
/** Exit codes of a program ended by a signal: 128 + its number. */
const signals: Readonly<Record<number, string>> = {
  137: "killed by SIGKILL, often out of memory",
  139: "killed by SIGSEGV",
  143: "ended by SIGTERM",
};

/**
 * Judges a task that has ended.
 * @param main name of the container that counts; sidecars are only named as a cause
 */
export function verdictOf(
  task: TaskState & { readonly mainEnded: "by-itself" | "unseen" },
  main: string,
): TaskVerdict {
  const container = task.containers.find(({ name }) => name === main);
  const exitCode = container?.exitCode;
  const endedItself = task.mainEnded === "by-itself" || !interruptions.has(task.stopCode);
  if (exitCode === 0 && endedItself) return { kind: "succeeded", exitCode };
  const end =
    exitCode === undefined
      ? `The container ${main} never ran`
      : exitCode === 0
        ? `The container ${main} ended with exit code 0, but only when the task was stopped from outside`
        : `The container ${main} ended with exit code ${exitCode}${signals[exitCode] ? ` (${signals[exitCode]})` : ""}`;
  const found = [container?.reason ?? "", ...causes(task, main)].filter((reason) => reason !== "");
  // The task's reason is often the container's, with more said.
  const reasons = found.filter(
    (reason) => !found.some((other) => other !== reason && other.includes(reason)),
  );
  return {
    kind: "failed",
    exitCode,
    why: sentences(reasons.length === 0 ? end : `${end}: ${[...new Set(reasons)].join("; ")}`),
  };
}

/** Why the task as a whole ended, where the main container's own end does not say it. */
function causes(task: TaskState, main: string): string[] {
  const isOwnEnd = task.stopCode === "EssentialContainerExited" || task.stopCode === "";
  const said = isOwnEnd ? "" : [task.reason, meaning(task.stopCode)].filter(Boolean).join(" — ");
  const sidecars = task.containers.filter(
    (container) =>
      container.name !== main && failedByItself(container) && !task.reason.includes(container.reason || "\0"),
  );
  return [said, ...sidecars.map(describe)];
}

function meaning(stopCode: string): string {
  const words = stopCodes[stopCode];
  return words === undefined ? stopCode : `${stopCode}: ${words}`;
}

function failedByItself({ exitCode, reason }: ContainerState): boolean {
  return reason !== "" || (exitCode !== undefined && ![0, 137, 143].includes(exitCode));
}

function describe({ name, exitCode, reason }: ContainerState): string {
  const end = exitCode === undefined ? "never ran" : `ended with exit code ${exitCode}`;
  return reason === "" ? `the container ${name} ${end}` : `the container ${name} ${end}, ${reason}`;
}
