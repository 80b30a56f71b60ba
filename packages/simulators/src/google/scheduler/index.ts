import type { Clock } from "#ship/kit";
import type { JsonObject } from "../../service.ts";
import type { GoogleApi, GoogleCall, GoogleMethod } from "../api.ts";
import type { ServiceAccountOptions } from "../auth/service-accounts.ts";
import type { AccessTokens } from "../auth/tokens.ts";
import { denied } from "../front/injected-fault.ts";
import { pageOf } from "../run/pages.ts";
import { GoogleFault, invalid } from "../status.ts";
import { durationMilliseconds, text } from "../values.ts";
import { attempt } from "./attempt.ts";
import { type Job, nextRun, readJob, viewJob } from "./job.ts";

export type { Job as SchedulerJob } from "./job.ts";

export interface SchedulerOptions {
  readonly clock: Clock;
  readonly tokens: AccessTokens;
  readonly accounts: ReadonlyMap<string, ServiceAccountOptions>;
  readonly deniedPermissions: ReadonlySet<string>;
  readonly self: () => string;
}

/** The simulated Cloud Scheduler: jobs really run, at their time on the clock. */
export interface SimulatedScheduler extends GoogleApi {
  /** By full resource name. */
  readonly jobs: ReadonlyMap<string, Job>;
  /** Resolves when every call to a target that is under way has been answered. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** Creates the simulated API, for HTTP targets. */
export function createScheduler(options: SchedulerOptions): SimulatedScheduler {
  const { clock } = options;
  const jobs = new Map<string, Job>();
  const timers = new Map<Job, AbortController>();
  const calls = new Set<Promise<unknown>>();
  const running = new Set<Promise<void>>();

  const run = async (job: Job, signal: AbortSignal) => {
    const { retryCount, minBackoffDuration, maxBackoffDuration } = job.settings.retryConfig;
    const longest = durationMilliseconds(maxBackoffDuration) ?? 3_600_000;
    let backoff = durationMilliseconds(minBackoffDuration) ?? 5_000;
    for (let tries = 0; tries <= retryCount; tries += 1) {
      job.lastAttemptTime = clock.now();
      const call = attempt(job, options);
      calls.add(call);
      job.failure = await call.finally(() => calls.delete(call));
      if (job.failure === undefined || tries === retryCount) return;
      await clock.sleep(backoff, signal);
      backoff = Math.min(backoff * 2, longest);
    }
  };
  const keepTime = async (job: Job, signal: AbortSignal) => {
    while (!signal.aborted) {
      const next = nextRun(job.settings, clock.now());
      if (next === undefined) return;
      await clock.sleep(next - clock.now(), signal);
      await run(job, signal);
    }
  };
  const track = (work: Promise<void>) => {
    const settled: Promise<void> = work.catch(() => undefined).finally(() => running.delete(settled));
    running.add(settled);
  };
  const stop = (job: Job) => timers.get(job)?.abort(new Error("The job was changed."));
  const restart = (job: Job) => {
    stop(job);
    if (job.state === "PAUSED") return;
    const timer = new AbortController();
    timers.set(job, timer);
    track(keepTime(job, timer.signal));
  };

  const find = ({ project, location, job }: GoogleCall["path"]): Job => {
    const found = jobs.get(`projects/${project}/locations/${location}/jobs/${job}`);
    if (found) return found;
    throw new GoogleFault("NOT_FOUND", "Job not found.");
  };
  /** Whoever makes a job act as a service account needs to be allowed to. */
  const checkAccount = ({ settings: { httpTarget } }: Job) => {
    const email = httpTarget.oauthToken?.serviceAccountEmail;
    if (email === undefined) return;
    if (!options.accounts.has(email))
      throw new GoogleFault("NOT_FOUND", `Service account '${email}' does not exist.`);
    const permission = "iam.serviceAccounts.actAs";
    if (options.deniedPermissions.has(permission)) throw denied(permission);
  };
  const put = (job: Job): JsonObject => {
    checkAccount(job);
    jobs.set(job.name, job);
    restart(job);
    return viewJob(job, clock.now());
  };

  const create = ({ path, body }: GoogleCall): JsonObject => {
    const parent = `projects/${path["project"]}/locations/${path["location"]}`;
    const name = text(body, "name");
    if (name === undefined || !name.startsWith(`${parent}/jobs/`) || !/\/[\w-]{1,500}$/.test(name)) {
      throw invalid(
        "job.name",
        `Job name must be formatted: "${parent}/jobs/<JOB_ID>", but is "${name ?? ""}".`,
      );
    }
    if (jobs.has(name)) throw new GoogleFault("ALREADY_EXISTS", `Job ${name} already exists.`);
    return put({
      name,
      settings: readJob(body),
      state: "ENABLED",
      userUpdateTime: clock.now(),
      lastAttemptTime: undefined,
      failure: undefined,
    });
  };
  const patch = (call: GoogleCall): JsonObject => {
    const job = find(call.path);
    const mask = (call.query.get("updateMask") ?? "").split(",").filter((field) => field !== "");
    const fields = mask.length > 0 ? mask : Object.keys(call.body);
    const changed = Object.fromEntries(fields.map((field) => [field, call.body[field]]));
    const settings = readJob({ ...job.settings, ...changed, name: job.name });
    checkAccount({ ...job, settings });
    job.settings = settings;
    job.userUpdateTime = clock.now();
    restart(job);
    return viewJob(job, clock.now());
  };
  const switchTo =
    (state: Job["state"]) =>
    (call: GoogleCall): JsonObject => {
      const job = find(call.path);
      job.state = state;
      restart(job);
      return viewJob(job, clock.now());
    };

  const collection = "v1/projects/{project}/locations/{location}/jobs";
  const method = (
    action: string,
    verb: GoogleMethod["verb"],
    path: string,
    permission: string,
    handle: GoogleMethod["handle"],
  ): GoogleMethod => ({
    action: `jobs.${action}`,
    verb,
    path,
    permission: `cloudscheduler.jobs.${permission}`,
    handle,
  });
  return {
    name: "cloudscheduler",
    host: "cloudscheduler.googleapis.com",
    methods: [
      method("create", "POST", collection, "create", create),
      method("list", "GET", collection, "list", ({ path, query }) => {
        const parent = `projects/${path["project"]}/locations/${path["location"]}/jobs/`;
        const found = [...jobs.values()].filter(({ name }) => name.startsWith(parent));
        return pageOf(
          "jobs",
          found.map((job) => viewJob(job, clock.now())),
          query,
          500,
        );
      }),
      method("get", "GET", `${collection}/{job}`, "get", ({ path }) => viewJob(find(path), clock.now())),
      method("patch", "PATCH", `${collection}/{job}`, "update", patch),
      method("delete", "DELETE", `${collection}/{job}`, "delete", ({ path }) => {
        const job = find(path);
        stop(job);
        jobs.delete(job.name);
        return {};
      }),
      method("run", "POST", `${collection}/{job}:run`, "run", ({ path }) => {
        const job = find(path);
        track(run(job, new AbortController().signal));
        return viewJob(job, clock.now());
      }),
      method("pause", "POST", `${collection}/{job}:pause`, "pause", switchTo("PAUSED")),
      method("resume", "POST", `${collection}/{job}:resume`, "enable", switchTo("ENABLED")),
    ],
    jobs,
    async idle() {
      await Promise.all(calls);
    },
    async close() {
      for (const timer of timers.values()) timer.abort(new Error("The simulation has ended."));
      await Promise.all(running);
    },
  };
}
