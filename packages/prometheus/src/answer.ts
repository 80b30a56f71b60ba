/** A series of values by the time they hold at, in milliseconds since the epoch. Values may be NaN or infinite. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: ReadonlyMap<number, number>;
}

/** What the HTTP API answered (Prometheus documentation: HTTP API, Format overview). */
export type Answer =
  | { readonly status: "success"; readonly series: readonly Series[]; readonly warnings: readonly string[] }
  | { readonly status: "error"; readonly type: string; readonly message: string }
  | { readonly status: "unreadable"; readonly why: string };

/** Reads the body of a range query's answer. */
export function readAnswer(body: string): Answer {
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch {
    return { status: "unreadable", why: `it begins ${JSON.stringify(body.trimStart().slice(0, 60))}` };
  }
  if (!isRecord(document)) return { status: "unreadable", why: "it is no object" };
  if (document["status"] === "error") {
    const [type, message] = [document["errorType"], document["error"]];
    return { status: "error", type: textOr(type, "unknown"), message: textOr(message, "without a message") };
  }
  const data = document["data"];
  if (document["status"] !== "success" || !isRecord(data))
    return { status: "unreadable", why: "it has neither data nor an error" };
  if (data["resultType"] !== "matrix" || !Array.isArray(data["result"]))
    return {
      status: "unreadable",
      why: `its resultType is ${JSON.stringify(data["resultType"])}, not matrix`,
    };
  const series: Series[] = [];
  for (const result of data["result"]) {
    const one = readSeries(result);
    if (typeof one === "string") return { status: "unreadable", why: one };
    series.push(one);
  }
  return { status: "success", series, warnings: texts(document["warnings"]) };
}

function readSeries(result: unknown): Series | string {
  if (!isRecord(result) || !isRecord(result["metric"])) return "a series has no labels";
  const labels = Object.fromEntries(
    Object.entries(result["metric"]).map(([name, value]) => [name, String(value)]),
  );
  if (!Array.isArray(result["values"]))
    return `${describeLabels(labels)} has no values; native histograms cannot be read, only classic buckets`;
  const values = new Map<number, number>();
  for (const pair of result["values"]) {
    if (!Array.isArray(pair) || typeof pair[0] !== "number" || typeof pair[1] !== "string")
      return `a value of ${describeLabels(labels)} is ${JSON.stringify(pair)} instead of [time, "value"]`;
    values.set(Math.round(pair[0] * 1_000), sample(pair[1]));
  }
  return { labels, values };
}

function sample(text: string): number {
  if (text === "+Inf") return Number.POSITIVE_INFINITY;
  return text === "-Inf" ? Number.NEGATIVE_INFINITY : Number(text);
}

/** Labels as Prometheus writes them: `name{code="500"}`. */
export function describeLabels(labels: Readonly<Record<string, string>>): string {
  const { __name__: name = "", ...others } = labels;
  const pairs = Object.entries(others).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return `${name}{${pairs.join(", ")}}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === "string" && value !== "" ? value : otherwise;
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
