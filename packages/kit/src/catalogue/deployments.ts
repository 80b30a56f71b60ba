import type { ErrorDefinition } from "../errors.ts";

/** Deployments of a service. */
export const deploymentErrors = {
  DEPLOYMENT_FAILED: {
    kind: "unhealthy",
    title: "The new revision did not become healthy",
    explanation:
      "Tasks of the new revision stopped, could not start, or failed their health checks; the reasons are grouped in the message.",
    remedy: "Read the stopped reasons and the log tail in the details; the summary says what serves now.",
  },
  DEPLOYMENT_ROLLED_BACK: {
    kind: "unhealthy",
    title: "The deployment was rolled back",
    explanation: "The new revision failed, and the previous one was seen to serve again.",
    remedy: "Read the reasons in the details; production runs the previous revision.",
  },
  DEPLOYMENT_IN_PROGRESS: {
    kind: "conflict",
    title: "Another deployment is under way",
    explanation:
      "The service was being given another revision when this run came, or another run's one-off task for it still ran. By `on-conflict` it was waited for until the time was up, or not at all.",
    remedy: "Run again when it has ended, or take its place with `on-conflict: supersede`.",
  },
  DEPLOYMENT_SUPERSEDED: {
    kind: "conflict",
    title: "Another deployment took over",
    explanation: "While this run waited, the service was given another revision by someone else.",
    remedy: "Give deployments of one service a concurrency group, and see the other run for its result.",
  },
  DEPLOYMENT_TIMEOUT: {
    kind: "timeout",
    title: "The deployment did not finish in time",
    explanation: "The limit passed before the new revision was serving.",
    remedy: "Raise `wait-for-minutes`, or see the details for what it was waiting for.",
  },
  TASK_FAILED: {
    kind: "unhealthy",
    title: "The one-off task did not succeed",
    explanation:
      "The main container of a one-off task ended with an exit code other than 0, never ran, or was ended from outside. The service was not updated.",
    remedy:
      "Read the reason in the message and the task's last lines in the summary; the service was not touched.",
  },
  TASK_NOT_PLACED: {
    kind: "provider",
    title: "Amazon ECS did not start the one-off task",
    explanation:
      "RunTask answered with failures. Every reason is listed; tasks of the same call that had been started were stopped.",
    remedy: "Make room for the task or change its launch type, capacity provider or size, then run again.",
  },
  TASK_TIMEOUT: {
    kind: "timeout",
    title: "The one-off task did not end in time",
    explanation: "The limit passed while the task was still running; it was asked to stop.",
    remedy:
      "Raise `wait-for-minutes`, or set `wait-for-task-stopped: false` to let the task go on by itself.",
  },
  TARGET_AMBIGUOUS: {
    kind: "conflict",
    title: "It is not clear which side serves",
    explanation: "Of a pair of services or target groups both carry traffic, or neither does.",
    remedy: "Bring one side to 100 % (the rollback action does), then run again.",
  },
} as const satisfies Record<string, ErrorDefinition>;
