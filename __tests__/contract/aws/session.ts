import { EventEmitter } from "node:events";
import { type AwsSession, openSession } from "#ship/aws";
import {
  type Clock,
  createCancellation,
  type Run,
  readEnvironment,
  recordingLog,
  systemExec,
} from "#ship/kit";

/** A run outside any runner, on a given clock. */
export function bareRun(clock: Clock) {
  const log = recordingLog();
  const cancellation = createCancellation(new EventEmitter());
  const run: Run = {
    environment: readEnvironment({}),
    clock,
    log,
    redaction: { add() {}, redact: (text) => text },
    cancellation,
    signal: cancellation.signal,
    exec: systemExec,
    fetch: globalThis.fetch,
    setOutputs() {},
    saveState() {},
    state: () => undefined,
    idToken: () => Promise.reject(new Error("This job has no token endpoint.")),
  };
  return { run, log };
}

/** An AWS session on a given clock; `environment` points the SDK at a simulated account. */
export function testSession(clock: Clock, environment: Readonly<Record<string, string>>): AwsSession {
  Object.assign(process.env, environment);
  return openSession({ region: "eu-central-1", roleToAssume: undefined }, bareRun(clock).run);
}
