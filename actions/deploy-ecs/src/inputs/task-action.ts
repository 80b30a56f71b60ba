import {
  bool,
  duration,
  InputProblem,
  type InputValues,
  keyValues,
  lines,
  list,
  oneOf,
  optional,
  type Reader,
  type ReportProblem,
  text,
} from "#ship/kit";

/** A network ID, `what` for people. */
const networkId = (what: string) => text(/^[\w:/-]{1,255}$/, `the ID of ${what}`);
/** The subnet of a one-off task. */
export const subnet = networkId("a subnet, such as subnet-0a1b2c3d");
/** The security group of a one-off task. */
export const securityGroup = networkId("a security group, such as sg-0a1b2c3d");
/** The container of a one-off task. */
export const containerName = text(/^[\w-]{1,255}$/, "the name of a container");

/** The inputs of geekcell/github-action-aws-ecs-run-task, which runs a task and nothing else. */
export const taskActionInputs = {
  "subnet-ids": optional(list(subnet)),
  "security-group-ids": optional(list(securityGroup)),
  "assign-public-ip": optional(oneOf("ENABLED", "DISABLED")),
  "override-container": optional(containerName),
  "override-container-command": optional(commandLines()),
  "override-container-environment": optional(keyValues()),
  "tail-logs": optional(bool()),
  "task-wait-until-stopped": optional(bool()),
  "task-start-max-wait-time": optional(duration({ min: 1_000 })),
  "task-stop-max-wait-time": optional(duration({ min: 1_000 }), { aliases: ["task-stopped-max-wait-time"] }),
  "task-check-state-delay": optional(duration({ min: 100 })),
};
/** The values of {@link taskActionInputs}. */
export type TaskActionValues = InputValues<typeof taskActionInputs>;

/** One word a line; a `\` at the end of a line takes the next line into the same word. */
function commandLines(): Reader<readonly string[]> {
  const words = lines(text());
  return {
    accepts: "the words of a command, one a line",
    read(raw) {
      const joined = raw
        .split(/\r?\n/)
        .map((line) => line.trim())
        .join("\n")
        .replaceAll(/\\\n/g, "");
      if (joined.trim() === "") throw new InputProblem();
      return words.read(joined.replace(/\\$/, ""));
    },
  };
}

const named = Object.keys(taskActionInputs) as readonly (keyof TaskActionValues)[];

/** True for the workflow of an action that only runs a task: there is no input that says to run one. */
export function isTaskAction(inputs: TaskActionValues): boolean {
  return named.some((name) => inputs[name] !== undefined);
}

/** Inputs of two actions that mean the same, of which a workflow has one. */
const twins = {
  "subnet-ids": "run-task-subnets",
  "security-group-ids": "run-task-security-groups",
  "assign-public-ip": "run-task-assign-public-IP",
  "override-container": "run-task-container",
  "override-container-command": "run-task-command",
} as const;

/** Mistakes that only several of these inputs together show. */
export function checkTaskAction(
  inputs: TaskActionValues & { readonly [name: string]: unknown },
  problem: ReportProblem,
): void {
  for (const [name, other] of Object.entries(twins))
    if (inputs[name] !== undefined && inputs[other] !== undefined)
      problem(name, `it means the same as \`${other}\`, which is given too; give one of them`);
}
