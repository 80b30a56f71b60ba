import { type Clock, isShipError, type Log, type RetryPolicy, retry, retryAfter, ShipError } from "#ship/kit";
import { endpointOf, type PrometheusAddress, shown } from "./address.ts";
import { readAnswer, type Series } from "./answer.ts";
import { judge, type NamedQuery, RefusedQuery, translate } from "./failure.ts";

/** Moments at which a query is evaluated: `from`, then every `step` milliseconds up to and with `to`. */
export interface Times {
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** What the API is called with. */
export interface ApiOptions {
  readonly address: PrometheusAddress;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly log: Log;
  readonly policy?: RetryPolicy;
}

/** The part of the HTTP API that evidence is read with. */
export interface PrometheusApi {
  /**
   * Evaluates a query over time. Series that have no value at a moment are absent there.
   * @throws ShipError with the server's own words; what it calls partial is no answer
   */
  range(query: NamedQuery, times: Times, signal: AbortSignal): Promise<readonly Series[]>;
}

/** A range query answers at most 11 000 points a series (Prometheus: web/api/v1, queryRange). */
const mostPoints = 11_000;
const requestLimit = 30_000;
/** Annotations since 2.48 that doubt the name of a metric and change no value. */
const harmless = /^PromQL info:/;

/** Creates a {@link PrometheusApi}; no call is made yet. */
export function createPrometheusApi({ address, fetch, clock, log, policy }: ApiOptions): PrometheusApi {
  const server = shown(address);
  const headers: Record<string, string> = {
    accept: "application/json",
    "content-type": "application/x-www-form-urlencoded",
    ...(address.authorization === undefined ? {} : { authorization: address.authorization }),
  };

  async function ask(query: NamedQuery, { from, to, step }: Times, signal: AbortSignal) {
    const form = { query: query.text, start: seconds(from), end: seconds(to), step: seconds(step) };
    const response = await fetch(endpointOf(address, "query_range"), {
      method: "POST",
      headers,
      body: new URLSearchParams(form).toString(),
      // A login page answers 200: what redirects is told as what it is.
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(requestLimit)]),
    });
    const answer = readAnswer(await response.text());
    const refuse = (said: string, type?: string) =>
      new RefusedQuery({
        kind: "refusal",
        status: response.status,
        type,
        said,
        afterMilliseconds: retryAfter(response.headers.get("retry-after"), clock.now()),
      });
    if (answer.status === "error") throw refuse(answer.message, answer.type);
    if (!response.ok) throw refuse(unexplained(response));
    if (answer.status === "unreadable") throw refuse(`no answer of the Prometheus API: ${answer.why}`);
    const partial = answer.warnings.filter((warning) => !harmless.test(warning));
    if (partial.length > 0) {
      throw new ShipError(
        "SERVICE_UNAVAILABLE",
        `Prometheus at ${server} answered ${query.input} with a warning, so parts may be missing: ${partial.join("; ")}`,
        { details: [query.text] },
      );
    }
    return answer.series;
  }

  return {
    async range(query, times, signal) {
      const found: Series[] = [];
      for (const part of parts(times)) {
        try {
          const series = await retry(() => ask(query, part, signal), {
            clock,
            signal,
            ...(policy ? { policy } : {}),
            judge: (error) => (isShipError(error) ? "give-up" : judge(error)),
            onRetry: (_, attempt, wait) =>
              log.debug(`${query.input}: attempt ${attempt + 1} in ${Math.round(wait)} ms`),
          });
          found.push(...series);
        } catch (error) {
          if (signal.aborted) throw signal.reason;
          throw isShipError(error) ? error : translate(error, server, query);
        }
      }
      return joined(found);
    },
  };
}

function unexplained(response: Response): string {
  const location = response.headers.get("location");
  if (location === null) return response.statusText || "no reason given";
  return `it redirects to ${URL.parse(location, response.url)?.origin ?? location}; give the address of the API itself`;
}

function seconds(milliseconds: number): string {
  return String(milliseconds / 1_000);
}

function parts({ from, to, step }: Times): readonly Times[] {
  const length = (mostPoints - 1) * step;
  const found: Times[] = [];
  for (let start = from; start <= to; start += length + step)
    found.push({ from: start, to: Math.min(to, start + length), step });
  return found;
}

/** Puts the parts of a series together again. */
function joined(parts: readonly Series[]): readonly Series[] {
  const whole = new Map<string, { labels: Series["labels"]; values: Map<number, number> }>();
  for (const { labels, values } of parts) {
    const key = JSON.stringify(Object.entries(labels).sort());
    const known = whole.get(key) ?? { labels, values: new Map() };
    for (const [at, value] of values) known.values.set(at, value);
    whole.set(key, known);
  }
  return [...whole.values()];
}
