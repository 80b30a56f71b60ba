import { basename } from "node:path";
import * as core from "@actions/core";
import { type Cancellation, createCancellation, graceMilliseconds } from "./cancellation.ts";
import { catalogue } from "./catalogue/index.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type Environment, jobSecrets, readEnvironment } from "./environment.ts";
import { isShipError, messageOf, ShipError, toShipError } from "./errors.ts";
import { type Exec, systemExec } from "./exec.ts";
import { annotationLimit, createLog, type Log } from "./log.ts";
import { block, code, details, escapeMarkdown, heading, page, summaryLimitBytes } from "./markdown.ts";
import { createRedaction, type Redaction } from "./redaction.ts";

/** Everything an action may use of the outside world. */
export interface Run {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly log: Log;
  readonly redaction: Redaction;
  readonly cancellation: Cancellation;
  /** Aborts when the runner asks the step to stop. */
  readonly signal: AbortSignal;
  readonly exec: Exec;
  readonly fetch: typeof fetch;
  /** Outputs written at once, for values that must be known even if the step dies. */
  setOutputs(outputs: OutputValues): void;
  /** What `main` leaves for `post`. */
  saveState(name: string, value: string): void;
  state(name: string): string | undefined;
  /** An OIDC token of this job for `audience`, masked. @throws ShipError `OIDC_UNAVAILABLE` with the endpoint's reason */
  idToken(audience: string): Promise<string>;
}

/** Output values by name; `undefined` ones are left out. */
export type OutputValues = Readonly<Record<string, string | number | boolean | undefined>>;

/** What an action has to show: always its outputs and summary, and a failure when there is one. */
export interface ActionOutcome {
  readonly outputs: OutputValues;
  /** Markdown of the job summary. */
  readonly summary: string;
  readonly failure?: ShipError;
}

/** The two entry points of an action; `post` runs in a process of its own after the job's steps. */
export interface Action {
  main(run: Run): Promise<ActionOutcome>;
  post?(run: Run): Promise<void>;
}

/**
 * The runner starts `post` with the environment of `main`, so the program's name alone tells them apart. State that `main`
 * saved would not: a step that died before it could save any would do its work in `post`.
 */
const postProgram = "post.js";

/**
 * Runs an action: reads the environment, listens for the runner's signals, writes outputs and summary, and turns whatever
 * was thrown into one annotation and the exit code, which is set nowhere else.
 */
export async function runAction(action: Action): Promise<never> {
  const redaction = createRedaction(jobSecrets());
  const log = createLog(redaction);
  const cancellation = createCancellation(process);
  const run = createRun(redaction, log, cancellation);
  const isPost = basename(process.argv[1] ?? "") === postProgram;
  let failure: ShipError | undefined;
  try {
    if (isPost) await action.post?.(run);
    else failure = await Promise.race([runMain(action, run), outOfTime(run)]);
  } catch (error) {
    failure = toShipError(error);
    if (!isPost) await reportThrown(failure, run);
  }
  for (const problem of await cancellation.settled()) log.error(`While making production safe: ${problem}`);
  if (failure) await report(failure, log);
  await Promise.all([process.stdout, process.stderr].map(written));
  process.exit(failure ? 1 : 0);
}

/** Milliseconds for a reader of the log that has fallen behind. */
const patienceMilliseconds = 2_000;

/** Node writes to a full pipe later, and `process.exit` would drop what waits: the last lines, which say what went wrong. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, patienceMilliseconds);
    stream.write("", () => resolve());
  });
}

async function runMain(action: Action, run: Run): Promise<ShipError | undefined> {
  const outcome = await action.main(run);
  const reason = outcome.failure ? { reason: reasonOf(outcome.failure) } : {};
  run.setOutputs({ ...reason, ...outcome.outputs });
  await writeSummary(run, outcome.summary);
  return outcome.failure;
}

/** Rejects shortly before the runner kills a cancelled step, so that what hangs does not take the report with it. */
function outOfTime(run: Run): Promise<never> {
  return new Promise((_, reject) => {
    run.signal.addEventListener("abort", () => {
      setTimeout(() => reject(run.signal.reason), graceMilliseconds);
    });
  });
}

async function reportThrown(failure: ShipError, run: Run): Promise<void> {
  const result = failure.kind === "cancelled" ? "cancelled" : "failed";
  run.setOutputs({ result, reason: reasonOf(failure) });
  await writeSummary(run, failureSummary(failure));
}

function failureSummary(failure: ShipError): string {
  return page(
    heading(3, catalogue[failure.code].title),
    `${code(failure.code)} ${escapeMarkdown(failure.message)}`,
    escapeMarkdown(failure.hint),
    failure.details.length > 0 ? details("Details", block("text", failure.details.join("\n"))) : undefined,
  );
}

function createRun(redaction: Redaction, log: Log, cancellation: Cancellation): Run {
  return {
    environment: readEnvironment(),
    clock: systemClock,
    log,
    redaction,
    cancellation,
    signal: cancellation.signal,
    exec: systemExec,
    fetch: globalThis.fetch,
    setOutputs(outputs) {
      for (const [name, value] of Object.entries(outputs)) {
        if (value !== undefined) core.setOutput(name, redaction.redact(String(value)));
      }
    },
    saveState: (name, value) => core.saveState(name, value),
    state: (name) => core.getState(name) || undefined,
    async idToken(audience) {
      const token = await core.getIDToken(audience).catch(refuseToken);
      redaction.add(token);
      return token;
    },
  };
}

/** The toolkit spreads its message over lines; the reason is the last of them (actions/toolkit: OidcClient.getCall). */
function refuseToken(error: unknown): never {
  const reason = messageOf(error)
    .split("\n")
    .at(-1)
    ?.replace(/^\s*Error Message:/, "")
    .trim();
  throw new ShipError("OIDC_UNAVAILABLE", `The runner gave no OIDC token: ${reason}`, { cause: error });
}

async function writeSummary(run: Run, markdown: string): Promise<void> {
  if (markdown.trim() === "") return;
  if (run.environment.variable("GITHUB_STEP_SUMMARY") === undefined)
    return run.log.debug("There is no summary file to write.");
  const text = run.redaction.redact(markdown);
  const fits = Buffer.byteLength(text) <= summaryLimitBytes;
  const cut = fits
    ? text
    : `${Buffer.from(text)
        .subarray(0, summaryLimitBytes - 200)
        .toString()}\n\n…cut at GitHub's limit of 1 MiB.\n`;
  try {
    await core.summary.addRaw(cut).write();
  } catch (error) {
    // What was done stays done: a page that cannot be written must not turn a deployment into a failure.
    run.log.warning(`The job summary could not be written: ${messageOf(error)}`);
  }
}

function reasonOf(failure: ShipError): string {
  return `${failure.code}: ${failure.message}`;
}

async function report(failure: ShipError, log: Log): Promise<void> {
  if (failure.details.length > 0) {
    await log.group("Details", async () => {
      for (const detail of failure.details) log.info(detail);
    });
  }
  if (failure.kind === "bug") log.info(stackOf(failure));
  else if (failure.cause !== undefined) log.debug(stackOf(failure.cause));
  const hint = ` — ${failure.hint}`;
  const room = annotationLimit - hint.length;
  const said = `${failure.code}: ${failure.message}`;
  if (said.length > room) log.info(said);
  log.error(`${said.length > room ? `${said.slice(0, room - 1)}…` : said}${hint}`);
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return messageOf(error);
  const inner = isShipError(error) && error.cause !== undefined ? `\nCaused by: ${stackOf(error.cause)}` : "";
  return `${error.stack ?? error.message}${inner}`;
}
