import * as z from "zod/mini";
import type { DeadMan } from "#ship/delivery";
import { type GoogleSession, isConflict } from "../session.ts";

/** The call that a timer makes when it runs out. */
export interface TimedCall {
  readonly address: string;
  readonly method: "PATCH" | "POST";
  readonly body: unknown;
}

/** A timer in Cloud Scheduler. */
export interface TimerOptions {
  readonly project: string;
  readonly region: string;
  /** Name of the job: letters, digits, hyphens and underscores. */
  readonly name: string;
  /** Email of the service account as which the call is made. */
  readonly serviceAccount: string;
  /** Asked when the timer is set. */
  call(): TimedCall;
}

const scope = "https://www.googleapis.com/auth/cloud-platform";
const minute = 60_000;
const ignored = z.looseObject({});

/**
 * A dead-man's timer as a job of Cloud Scheduler that calls an API with a token of a service account (Cloud Scheduler API v1:
 * Job.httpTarget.oauthToken). A schedule is a line of cron, so the timer runs out at the next full minute, and is taken away
 * before it comes round again in a year.
 */
export function createTimer(session: GoogleSession, options: TimerOptions): DeadMan {
  const parent = `v1/projects/${options.project}/locations/${options.region}/jobs`;
  const name = `${parent.slice("v1/".length)}/${options.name}`;
  const path = `${parent}/${options.name}`;
  const job = { api: "cloudscheduler", schema: ignored } as const;
  const never = new AbortController().signal;

  const update = async (fields: Readonly<Record<string, unknown>>, signal: AbortSignal) => {
    await session.call(
      {
        ...job,
        method: "PATCH",
        permission: "cloudscheduler.jobs.update",
        path,
        query: new URLSearchParams({ updateMask: Object.keys(fields).join(",") }),
        body: { name, ...fields },
      },
      { signal },
    );
  };

  return {
    async arm(deadline, signal = never) {
      const fields = { ...scheduleAt(deadline), ...callOf(options) };
      try {
        await session.call(
          {
            ...job,
            method: "POST",
            permission: "cloudscheduler.jobs.create",
            path: parent,
            body: { name, ...fields },
          },
          { signal },
        );
      } catch (error) {
        // One is still there, or the first attempt had arrived after all.
        if (!isConflict(error)) throw error;
        await update(fields, signal);
      }
    },
    push: (deadline, signal = never) => update(scheduleAt(deadline), signal),
    async disarm(signal = never) {
      await session.call(
        { ...job, method: "DELETE", permission: "cloudscheduler.jobs.delete", path, onMissing: () => ({}) },
        { signal },
      );
    },
  };
}

function scheduleAt(deadline: number) {
  const at = new Date(Math.ceil(deadline / minute) * minute);
  const [minutes, hours, day, month] = [
    at.getUTCMinutes(),
    at.getUTCHours(),
    at.getUTCDate(),
    at.getUTCMonth() + 1,
  ];
  return { schedule: `${minutes} ${hours} ${day} ${month} *`, timeZone: "Etc/UTC" };
}

function callOf({ call, serviceAccount }: TimerOptions) {
  const { address, method, body } = call();
  return {
    httpTarget: {
      uri: address,
      httpMethod: method,
      headers: { "Content-Type": "application/json" },
      body: Buffer.from(JSON.stringify(body)).toString("base64"),
      oauthToken: { serviceAccountEmail: serviceAccount, scope },
    },
    retryConfig: { retryCount: 5, minBackoffDuration: "5s" },
  };
}
