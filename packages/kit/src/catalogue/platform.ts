import type { ErrorDefinition } from "../errors.ts";

/** The runner and its surroundings. */
export const platformErrors = {
  CANCELLED: {
    kind: "cancelled",
    title: "The run was cancelled",
    explanation:
      "The runner asked this step to stop. The first act is the call that makes production safe; what could not be undone is listed.",
    remedy: "Re-run the workflow when you are ready; the state shown in the summary is where it starts from.",
  },
  UNEXPECTED: {
    kind: "bug",
    title: "Something ship did not foresee",
    explanation: "An error reached the surface without having been understood. Its stack is in the log.",
    remedy: "Report it with the stack trace from the log.",
  },
  PREFLIGHT_FAILED: {
    kind: "input",
    title: "The job is not ready to deploy",
    explanation:
      "Preflight looked at token permissions, OIDC, tools and targets, and found problems; all are listed.",
    remedy: "Fix each listed problem and run the job again; nothing has been changed.",
  },
  TOOL_MISSING: {
    kind: "input",
    title: "A program is not on PATH",
    explanation: "The step needs a program that this runner does not have.",
    remedy: "Install the program in an earlier step, or use a runner image that carries it.",
  },
  COMMAND_FAILED: {
    kind: "provider",
    title: "A program ended with an error",
    explanation:
      "A program that ship started exited with a code other than zero; its last lines are in the details.",
    remedy: "Read the last lines of its output in the folded details.",
  },
  UNDO_INCOMPLETE: {
    kind: "provider",
    title: "Not everything could be undone",
    explanation: "A step failed, and undoing an earlier step failed as well. The summary lists what is left.",
    remedy: "Undo the listed items by hand, or run the rollback action.",
  },
} as const satisfies Record<string, ErrorDefinition>;
