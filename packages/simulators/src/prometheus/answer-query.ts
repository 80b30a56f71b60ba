import { evaluate } from "./evaluate.ts";
import { type Expression, ParseError, parsePromql } from "./promql.ts";
import type { Labels, StoredSeries } from "./samples.ts";

/** What the API answers. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

const mostPoints = 11_000;

/** Answers one of the query endpoints from samples (Prometheus documentation: HTTP API, Expression queries). */
export function answerQuery(
  endpoint: "query" | "query_range",
  form: URLSearchParams,
  series: readonly StoredSeries[],
  now: number,
): ApiAnswer {
  let expression: Expression;
  try {
    expression = parsePromql(form.get("query") ?? "");
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return badData(error.message);
  }
  if (endpoint === "query") {
    const at = form.has("time") ? moment(form.get("time")) : now;
    if (at === undefined) return badData('invalid parameter "time": cannot parse to a valid timestamp');
    const result = evaluate(expression, series, at).map(({ labels, value }) => ({
      metric: labels,
      value: [at / 1_000, written(value)],
    }));
    return success("vector", result);
  }
  const [start, end, step] = ["start", "end", "step"].map((name) => moment(form.get(name)));
  if (start === undefined || end === undefined || step === undefined)
    return badData('invalid parameter "start", "end" or "step": cannot parse');
  if (end < start) return badData('invalid parameter "end": end timestamp must not be before start time');
  if (step <= 0)
    return badData(
      'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
    );
  if ((end - start) / step > mostPoints)
    return badData(
      "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
    );
  const rows = new Map<string, { metric: Labels; values: [number, string][] }>();
  for (let at = start; at <= end; at += step) {
    for (const { labels, value } of evaluate(expression, series, at)) {
      const key = JSON.stringify(labels);
      const row = rows.get(key) ?? { metric: labels, values: [] };
      row.values.push([at / 1_000, written(value)]);
      rows.set(key, row);
    }
  }
  return success("matrix", [...rows.values()]);
}

function success(resultType: string, result: readonly unknown[]): ApiAnswer {
  return { status: 200, body: { status: "success", data: { resultType, result } } };
}

function badData(error: string): ApiAnswer {
  return { status: 400, body: { status: "error", errorType: "bad_data", error } };
}

/** Unix seconds with decimals, or RFC 3339; answers milliseconds. */
function moment(text: string | null): number | undefined {
  const seconds = Number(text ?? "");
  if (text !== null && text !== "" && !Number.isNaN(seconds)) return Math.round(seconds * 1_000);
  const date = Date.parse(text ?? "");
  return Number.isNaN(date) ? undefined : date;
}

function written(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}
