import type { StoppedTask } from "../api/tasks.ts";

/** Tasks that stopped for the same reason. */
export interface TaskGroup {
  readonly count: number;
  /** One line: the reason and what each container ended with. */
  readonly text: string;
  /** The newest of them. */
  readonly sample: StoppedTask;
}

/** The scheduler's own doing, which explains nothing: replaced and surplus tasks. */
const housekeeping = /^Scaling activity initiated by/i;
/** Parts that differ from task to task though the reason is the same. */
const individual = /\b(?:[0-9a-f]{32}|[0-9a-f-]{36}|\d+\.\d+\.\d+\.\d+(?::\d+)?)\b/g;

/** Groups stopped tasks of one deployment by reason and exit codes, the most frequent first. */
export function groupTasks(tasks: readonly StoppedTask[]): TaskGroup[] {
  const groups = new Map<string, { count: number; text: string; sample: StoppedTask }>();
  for (const task of tasks) {
    const text = describeTask(task);
    if (housekeeping.test(task.reason) && !task.containers.some(hasFailed)) continue;
    const key = text.replaceAll(individual, "…");
    const group = groups.get(key);
    if (group) group.count += 1;
    else groups.set(key, { count: 1, text, sample: task });
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}

/** The container to blame: one that ended with an error, else one that never ran. */
export function failingContainer(task: StoppedTask): string | undefined {
  const { containers } = task;
  const blamed = containers.find(hasFailed) ?? containers.find((container) => container.reason !== "");
  return (blamed ?? containers[0])?.name;
}

function hasFailed(container: StoppedTask["containers"][number]): boolean {
  return container.exitCode !== undefined && container.exitCode !== 0;
}

function describeTask(task: StoppedTask): string {
  const ends = task.containers
    .filter((container) => container.exitCode !== undefined || container.reason !== "")
    .map((container) => {
      const code = container.exitCode === undefined ? "never ran" : `exit code ${container.exitCode}`;
      const signal = container.exitCode === 137 ? " (killed: SIGKILL, often out of memory)" : "";
      const reason = container.reason === "" ? "" : `, ${container.reason}`;
      return `${container.name}: ${code}${signal}${reason}`;
    });
  const reason = task.reason || task.stopCode || "no reason given";
  return ends.length === 0 ? reason : `${reason} (${ends.join("; ")})`;
}
