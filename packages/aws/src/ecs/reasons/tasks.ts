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

type Container = StoppedTask["containers"][number];

/** The container to blame: the first of those likeliest to have ended the task. */
export function failingContainer(task: StoppedTask): string | undefined {
  return suspects(task)[0]?.name;
}

/** Exit codes of a program ended by SIGKILL and by SIGTERM (128 + signal): what Amazon ECS does to the rest of a task. */
const killed = 137;
const terminated = 143;

/** Its containers, the likeliest culprit first: when an essential one ends, Amazon ECS ends the others. */
function suspects(task: StoppedTask): Container[] {
  return task.containers.toSorted((a, b) => innocence(a) - innocence(b));
}

function innocence({ exitCode, reason }: Container): number {
  const isOwnError = exitCode !== undefined && ![0, killed, terminated].includes(exitCode);
  if (isOwnError) return 0;
  if (reason !== "") return 1;
  if (exitCode === killed) return 2;
  if (exitCode === 0) return 3;
  return exitCode === terminated ? 4 : 5;
}

function hasFailed(container: Container): boolean {
  return container.exitCode !== undefined && container.exitCode !== 0;
}

function describeTask(task: StoppedTask): string {
  const [culprit, ...others] = suspects(task);
  const ends = [...(culprit ? [culprit] : []), ...others.filter(({ exitCode }) => exitCode !== terminated)]
    .filter((container) => container.exitCode !== undefined || container.reason !== "")
    .map((container) => {
      const code = container.exitCode === undefined ? "never ran" : `exit code ${container.exitCode}`;
      const signal = container.exitCode === killed ? " (killed: SIGKILL, often out of memory)" : "";
      const reason = container.reason === "" ? "" : `, ${container.reason}`;
      return `${container.name}: ${code}${signal}${reason}`;
    });
  const reason = task.reason || task.stopCode || "no reason given";
  return ends.length === 0 ? reason : `${reason} (${ends.join("; ")})`;
}
