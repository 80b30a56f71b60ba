import { ECSClient } from "@aws-sdk/client-ecs";
import type { AwsSession, CallOptions } from "../../session.ts";

/** What the ECS adapters call with. */
export interface Caller {
  readonly session: AwsSession;
  readonly client: ECSClient;
  readonly options: CallOptions;
}

/** Makes a caller; no call is made yet. */
export function createCaller(session: AwsSession): Caller {
  return { session, client: new ECSClient(session.config), options: {} };
}

/** The same caller listening to another signal, for what must still happen after a cancellation. */
export function under(caller: Caller, signal: AbortSignal): Caller {
  return { ...caller, options: { ...caller.options, signal } };
}

/** Makes one repeatable call with the session's retries and error texts. */
export function ask<T>(
  caller: Caller,
  permission: string,
  send: (options: { abortSignal: AbortSignal }) => Promise<T>,
): Promise<T> {
  return caller.session.call(permission, (abortSignal) => send({ abortSignal }), caller.options);
}

/** All pages of a list call; an empty token, which some endpoints answer, ends them as a missing one does. */
export async function everyPage<T>(
  page: (nextToken: string | undefined) => Promise<{ items: readonly T[]; nextToken?: string | undefined }>,
): Promise<T[]> {
  const all: T[] = [];
  let token: string | undefined;
  do {
    const { items, nextToken } = await page(token);
    all.push(...items);
    token = nextToken || undefined;
  } while (token !== undefined);
  return all;
}
