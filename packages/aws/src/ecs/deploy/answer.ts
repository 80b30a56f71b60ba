import { createProgress, messageOf, poll, ShipError } from "#ship/kit";
import type { Caller } from "../api/caller.ts";
import { isFields } from "../task-definition/schema.ts";
import type { Patience } from "./health.ts";
import type { HealthCheck } from "./health-check.ts";

/** Longest wait for one answer, in milliseconds. */
const answerMilliseconds = 10_000;
/** Of an answer that is to be read; what comes after is left unread. */
const longestAnswer = 1_048_576;
/** Headers that services tell their version in. */
const versionHeaders = ["x-version", "x-app-version"];

/**
 * Asks an address until it answers what is expected; redirects are not followed.
 * @throws ShipError `DEPLOYMENT_FAILED` with the last answer and what was expected
 */
export async function awaitAnswer(
  caller: Caller,
  fetchAddress: typeof fetch,
  check: HealthCheck,
  patience: Patience,
): Promise<string> {
  const { clock, log } = caller.session;
  const progress = createProgress(log, clock);
  const shown = `${check.url.origin}${check.url.pathname}`;
  let last = "no answer";
  return poll(
    async () => {
      try {
        const signal = AbortSignal.any([patience.signal, AbortSignal.timeout(answerMilliseconds)]);
        const answer = await fetchAddress(check.url, { redirect: "manual", signal });
        const problem = await problemOf(answer, check);
        last = problem === undefined ? `HTTP ${answer.status}` : `HTTP ${answer.status}, ${problem}`;
        progress.update(`${shown}: ${last}`);
        return problem === undefined ? `${shown} answered ${last}` : undefined;
      } catch (error) {
        patience.signal.throwIfAborted();
        last =
          error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
        progress.update(`${shown}: ${last}`);
        return undefined;
      }
    },
    {
      clock,
      everyMilliseconds: patience.every,
      timeoutMilliseconds: patience.timeout,
      signal: patience.signal,
      onTimeout: () =>
        new ShipError("DEPLOYMENT_FAILED", `The health check of ${shown} did not succeed; last: ${last}.`, {
          hint: `Look at what the new revision answers there; expected is ${expectation(check)}.`,
        }),
    },
  );
}

/** What is expected, in words. */
export function expectation({ statuses, json, version }: HealthCheck): string {
  const ranges = statuses.map(([from, to]) => (from === to ? `${from}` : `${from} to ${to}`));
  const values = Object.entries(json).map(([path, value]) => `${path}=${value}`);
  return [
    `a status of ${ranges.join(" or ")}`,
    ...(values.length > 0 ? [`JSON with ${values.join(", ")}`] : []),
    ...(version === undefined ? [] : [`the version ${version}`]),
  ].join(", ");
}

async function problemOf(
  answer: Response,
  { statuses, json, version }: HealthCheck,
): Promise<string | undefined> {
  const isExpected = statuses.some(([from, to]) => answer.status >= from && answer.status <= to);
  const isRead = isExpected && (version !== undefined || Object.keys(json).length > 0);
  if (!isRead) {
    await answer.body?.cancel();
    return isExpected ? undefined : "another status than expected";
  }
  const text = await beginningOf(answer);
  const document = parsed(text);
  for (const [path, expected] of Object.entries(json)) {
    if (document === undefined) return "no JSON document";
    const value = valueAt(document, path);
    const found = written(value);
    if (found !== expected.trim())
      return `${path} is ${value === undefined ? "missing" : `"${found}"`}, not "${expected.trim()}"`;
  }
  if (version === undefined) return undefined;
  const versions = [
    ...(isFields(document) ? [written(document["version"])] : []),
    ...versionHeaders.flatMap((header) => answer.headers.get(header) ?? []),
    ...(document === undefined || typeof document !== "object" ? [text.trim()] : []),
  ];
  return versions.includes(version) ? undefined : `another version than ${version}`;
}

async function beginningOf(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > longestAnswer) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The value at `a.b[0].c`. */
function valueAt(document: unknown, path: string): unknown {
  const keys = path
    .trim()
    .replaceAll(/\[(\d+)\]/g, ".$1")
    .split(".")
    .filter((key) => key !== "");
  return keys.reduce<unknown>((value, key) => {
    if (Array.isArray(value)) return value[Number(key)];
    return isFields(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }, document);
}

function written(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
