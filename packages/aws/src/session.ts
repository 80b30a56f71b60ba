import type { CredentialLife } from "#ship/delivery";
import {
  type Clock,
  defaultRetryPolicy,
  isShipError,
  type Log,
  type RetryPolicy,
  type Run,
  retry,
  ShipError,
} from "#ship/kit";
import { type RequestLimits, requestHandler } from "./connection.ts";
import { lifeOfKeys } from "./credential-life.ts";
import { type CredentialProvider, roleCredentials } from "./credentials.ts";
import { classify, judge, readFailure, translate } from "./errors.ts";
import { createPace, type Pace } from "./pace.ts";

export type { RequestLimits } from "./connection.ts";

/** Where and as whom to call AWS. */
export interface SessionOptions {
  /** The `aws-region` input; otherwise AWS_REGION or AWS_DEFAULT_REGION of the job. */
  readonly region: string | undefined;
  /** A role to assume over OIDC; otherwise what the job already has. */
  readonly roleToAssume: string | undefined;
  /** Attempts of a call in all; otherwise as many as throttling and short outages need. */
  readonly attempts?: number;
}

/** What every SDK client of a session is made with. */
export interface ClientConfig {
  readonly region: string;
  readonly credentials?: CredentialProvider;
  /** The session repeats calls itself: the SDK must not do so underneath. */
  readonly maxAttempts: 1;
  readonly requestHandler: RequestLimits;
}

/** How a write is made safe to repeat. */
export interface Write<T> {
  /** The IAM action, for messages. */
  readonly permission: string;
  send(signal: AbortSignal): Promise<T>;
  /** After an answer was lost: the result when the write has been applied, `undefined` when it has not. */
  readBack(signal: AbortSignal): Promise<T | undefined>;
}

/** A region, credentials and the manner of calling: what every AWS adapter is given. */
export interface AwsSession {
  readonly region: string;
  readonly config: ClientConfig;
  /** How long its keys last. */
  readonly life: CredentialLife;
  readonly clock: Clock;
  readonly log: Log;
  /** How often to look, by what the session was throttled so far. */
  readonly pace: Pace;
  /**
   * Makes a call that may be repeated: a read, or a write that is the same when sent twice.
   * @throws ShipError in the service's own words; an abort's reason as it is
   */
  call<T>(permission: string, send: (signal: AbortSignal) => Promise<T>, options?: CallOptions): Promise<T>;
  /** Makes a call that must happen once: when an answer is lost it is looked for before it is sent again. */
  write<T>(write: Write<T>, options?: CallOptions): Promise<T>;
}

/** Exceptions from how a session calls. */
export interface CallOptions {
  /** Replaces the run's signal, for the calls that make production safe after a cancellation. */
  readonly signal?: AbortSignal;
  readonly policy?: RetryPolicy;
  /** Told when an attempt got no answer and may have been carried out all the same, whatever the later ones say. */
  readonly onDoubt?: () => void;
}

/**
 * Opens a session. No call is made before the first use.
 * @throws ShipError `INPUT_INVALID` without a region, `OIDC_UNAVAILABLE` when a role is given and the job has no token endpoint
 */
export function openSession(options: SessionOptions, run: Run): AwsSession {
  const region =
    options.region ??
    run.environment.variable("AWS_REGION") ??
    run.environment.variable("AWS_DEFAULT_REGION");
  if (region === undefined) {
    throw new ShipError(
      "INPUT_INVALID",
      "aws-region is empty, and neither AWS_REGION nor AWS_DEFAULT_REGION is set.",
      {
        hint: "Set `aws-region`, for example eu-central-1.",
      },
    );
  }
  const base = { region, maxAttempts: 1, requestHandler } as const;
  const config: ClientConfig =
    options.roleToAssume === undefined
      ? base
      : { ...base, credentials: roleCredentials(options.roleToAssume, region, run) };
  const { clock, log } = run;
  const pace = createPace(clock);
  // Whoever counts the attempts means all of them, those in the queue of a throttling API too.
  const usualPolicy =
    options.attempts === undefined
      ? defaultRetryPolicy
      : { ...defaultRetryPolicy, attempts: options.attempts, attemptsInQueue: options.attempts };

  const call: AwsSession["call"] = async (permission, send, callOptions = {}) => {
    const signal = callOptions.signal ?? run.signal;
    try {
      return await retry(() => send(signal), {
        clock,
        signal,
        policy: callOptions.policy ?? usualPolicy,
        judge,
        onRetry(error, attempt, wait) {
          const failure = readFailure(error);
          const kind = classify(failure);
          if (kind === "ambiguous") callOptions.onDoubt?.();
          if (kind === "throttled") pace.slowDown();
          log.debug(`${permission}: ${failure.code}; attempt ${attempt + 1} in ${Math.round(wait)} ms`);
        },
      });
    } catch (error) {
      if (isShipError(error)) throw error;
      if (signal.aborted) throw signal.reason;
      throw translate(error, permission);
    }
  };

  return {
    region,
    config,
    life: lifeOfKeys(options.roleToAssume, run.environment),
    clock,
    log,
    pace,
    call,
    write: (write, writeOptions) => {
      const sendOnce = async (signal: AbortSignal) => {
        try {
          return await write.send(signal);
        } catch (error) {
          if (classify(readFailure(error)) !== "ambiguous") throw error;
          writeOptions?.onDoubt?.();
          const applied = await write.readBack(signal);
          if (applied === undefined) throw error;
          return applied;
        }
      };
      return call(write.permission, sendOnce, writeOptions);
    },
  };
}
