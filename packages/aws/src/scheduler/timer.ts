import {
  CreateScheduleCommand,
  DeleteScheduleCommand,
  SchedulerClient,
  UpdateScheduleCommand,
} from "@aws-sdk/client-scheduler";
import type { DeadMan } from "#ship/delivery";
import { isShipError } from "#ship/kit";
import { readFailure } from "../errors.ts";
import type { AwsSession } from "../session.ts";

/** The call that a timer makes when it runs out. */
export interface TimedCall {
  /** Service and action as EventBridge Scheduler's universal targets spell them: `elasticloadbalancingv2:modifyRule`. */
  readonly action: string;
  /** The request's members, as the API names them. */
  readonly input: unknown;
}

/** A timer in EventBridge Scheduler. */
export interface TimerOptions {
  /** Up to 64 characters of `[0-9a-zA-Z-_.]`. */
  readonly name: string;
  /** ARN of the role as which the call is made. */
  readonly role: string;
  readonly description: string;
  /** Asked when the timer is set or moved. */
  call(): TimedCall;
}

/** IAM actions of a timer; `iam:PassRole` is for its role. */
export const timerPermissions: readonly string[] = [
  "scheduler:CreateSchedule",
  "scheduler:UpdateSchedule",
  "scheduler:DeleteSchedule",
  "iam:PassRole",
];

/** A call that fails is repeated, but not until it would disturb a later rollout (Scheduler API: RetryPolicy). */
const retries = { MaximumEventAgeInSeconds: 900, MaximumRetryAttempts: 30 };

/**
 * A dead-man's timer as a one-time schedule of EventBridge Scheduler that deletes itself once it has acted. The service acts
 * within a minute of the time it is given.
 */
export function createTimer(session: AwsSession, { name, role, description, call }: TimerOptions): DeadMan {
  const client = new SchedulerClient(session.config);
  const never = new AbortController().signal;
  const schedule = (deadline: number) => {
    const { action, input } = call();
    return {
      Name: name,
      Description: description,
      ScheduleExpression: `at(${new Date(Math.ceil(deadline / 1_000) * 1_000).toISOString().slice(0, 19)})`,
      ScheduleExpressionTimezone: "UTC",
      FlexibleTimeWindow: { Mode: "OFF" as const },
      ActionAfterCompletion: "DELETE" as const,
      State: "ENABLED" as const,
      Target: {
        Arn: `arn:${partitionOf(role)}:scheduler:::aws-sdk:${action}`,
        RoleArn: role,
        Input: JSON.stringify(input),
        RetryPolicy: retries,
      },
    };
  };
  const create = (deadline: number, signal: AbortSignal) =>
    session.call(
      "scheduler:CreateSchedule",
      (abortSignal) => client.send(new CreateScheduleCommand(schedule(deadline)), { abortSignal }),
      { signal },
    );
  const update = (deadline: number, signal: AbortSignal) =>
    session.call(
      "scheduler:UpdateSchedule",
      (abortSignal) => client.send(new UpdateScheduleCommand(schedule(deadline)), { abortSignal }),
      { signal },
    );

  return {
    async arm(deadline, signal = never) {
      try {
        await create(deadline, signal);
      } catch (error) {
        // One is still there, or the first attempt had arrived after all.
        if (!answered(error, "ConflictException")) throw error;
        await update(deadline, signal);
      }
    },
    async push(deadline, signal = never) {
      await update(deadline, signal);
    },
    async disarm(signal = never) {
      try {
        await session.call(
          "scheduler:DeleteSchedule",
          (abortSignal) => client.send(new DeleteScheduleCommand({ Name: name }), { abortSignal }),
          { signal },
        );
      } catch (error) {
        if (!answered(error, "ResourceNotFoundException")) throw error;
      }
    },
  };
}

function answered(error: unknown, code: string): boolean {
  return isShipError(error) && readFailure(error.cause).code === code;
}

/** `arn:<partition>:…` */
function partitionOf(arn: string): string {
  return arn.split(":")[1] ?? "aws";
}
