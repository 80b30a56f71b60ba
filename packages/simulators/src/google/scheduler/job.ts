import { Cron } from "croner";
import { z } from "zod";
import type { JsonObject } from "../../service.ts";
import { invalid } from "../status.ts";

const duration = z.string().regex(/^\d+(\.\d{1,9})?s$/, "is not a duration such as 3.5s");

/** What users write of a job (https://cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs). */
const settings = z.strictObject({
  name: z.string().optional(),
  description: z.string().max(500).optional(),
  schedule: z.string().min(1),
  timeZone: z.string().default("Etc/UTC"),
  attemptDeadline: duration.default("180s"),
  retryConfig: z
    .strictObject({
      retryCount: z.int().min(0).max(5).default(0),
      maxRetryDuration: duration.default("0s"),
      minBackoffDuration: duration.default("5s"),
      maxBackoffDuration: duration.default("3600s"),
      maxDoublings: z.int().default(5),
    })
    .prefault({}),
  httpTarget: z.strictObject({
    uri: z.url({ protocol: /^https?$/ }),
    httpMethod: z.enum(["POST", "GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"]).default("POST"),
    headers: z.record(z.string(), z.string()).default({}),
    body: z.base64().optional(),
    oauthToken: z
      .strictObject({
        serviceAccountEmail: z.string().min(1),
        scope: z.string().default("https://www.googleapis.com/auth/cloud-platform"),
      })
      .optional(),
  }),
});

/** A job's settings, with their defaults. */
export type JobSettings = z.output<typeof settings>;

/** A job that is known to the scheduler. */
export interface Job {
  readonly name: string;
  settings: JobSettings;
  state: "ENABLED" | "PAUSED";
  userUpdateTime: number;
  lastAttemptTime: number | undefined;
  /** Of google.rpc.Code: how the last attempt ended; undefined before the first and after a good one. */
  failure: number | undefined;
}

const outputOnly = ["userUpdateTime", "state", "status", "scheduleTime", "lastAttemptTime", "satisfiesPzs"];

/** Reads a job as users send it; output-only fields are ignored. Throws INVALID_ARGUMENT naming the field. */
export function readJob(body: JsonObject): JobSettings {
  const given = Object.fromEntries(Object.entries(body).filter(([key]) => !outputOnly.includes(key)));
  const parsed = settings.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(
      `job.${issue?.path.join(".") ?? ""}`,
      `Invalid value at 'job.${issue?.path.join(".")}': ${issue?.message}`,
    );
  }
  try {
    nextRun(parsed.data, 0);
  } catch {
    throw invalid(
      "job.schedule",
      `Schedule or time zone is invalid: '${parsed.data.schedule}', '${parsed.data.timeZone}'.`,
    );
  }
  return parsed.data;
}

/** When a schedule comes next after an instant, both milliseconds since the epoch; undefined when it never does. */
export function nextRun({ schedule, timeZone }: JobSettings, after: number): number | undefined {
  const cron = new Cron(schedule, { timezone: timeZone, mode: "5-part", paused: true });
  return cron.nextRun(new Date(after))?.getTime();
}

/** The job as the API answers it. */
export function viewJob(job: Job, now: number): JsonObject {
  const time = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString());
  const view: JsonObject = {
    ...job.settings,
    name: job.name,
    userUpdateTime: time(job.userUpdateTime),
    state: job.state,
    scheduleTime: job.state === "ENABLED" ? time(nextRun(job.settings, now)) : undefined,
    lastAttemptTime: time(job.lastAttemptTime),
    status:
      job.failure === undefined
        ? job.lastAttemptTime === undefined
          ? undefined
          : {}
        : { code: job.failure },
  };
  return Object.fromEntries(Object.entries(view).filter(([, value]) => value !== undefined));
}
