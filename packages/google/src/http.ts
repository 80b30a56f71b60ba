import type * as z from "zod/mini";
import { GoogleError } from "./errors.ts";

/** One HTTP exchange with a Google API. */
export interface Exchange<T> {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** What the answer must look like; members that it does not name are dropped. */
  readonly schema: z.ZodMiniType<T>;
  /** Milliseconds until an answer must be complete. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/**
 * Sends one request and reads its answer.
 * @throws GoogleError for an answer that is no success or not what the API promises; what `fetch` throws when there is none
 */
export async function exchange<T>(send: typeof fetch, request: Exchange<T>): Promise<T> {
  const { method, address, headers, body, schema, timeout, signal } = request;
  const answer = await send(address, {
    method,
    headers: {
      ...headers,
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]),
  });
  const text = await answer.text();
  if (!answer.ok) throw new GoogleError(answer.status, text, answer.headers.get("retry-after"), Date.now());
  return parse(text, schema, address);
}

function parse<T>(text: string, schema: z.ZodMiniType<T>, address: string): T {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new GoogleError(
      502,
      `${address} answered something that is no JSON: ${text.slice(0, 200)}`,
      null,
      0,
    );
  }
  const read = schema.safeParse(document);
  if (read.success) return read.data;
  const problems = read.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new GoogleError(502, `${address} answered an unforeseen document: ${problems.join("; ")}`, null, 0);
}
