import type { Metrics } from "#ship/delivery";
import { optional, type ReportProblem, type Run, text, url } from "#ship/kit";
import {
  createPrometheusMetrics,
  type PrometheusSource,
  problemOfTemplate,
  readAddress,
} from "#ship/prometheus";

/** The inputs of `metrics: prometheus`. */
export const prometheusDefinitions = {
  "prometheus-url": optional(url()),
  "prometheus-token": optional(text(/^[\x21-\x7e]+$/, "a token without spaces"), { secret: "secret" }),
  "query-requests": optional(text()),
  "query-errors": optional(text()),
  "query-latency-buckets": optional(text()),
  "arm-stable": optional(text()),
  "arm-canary": optional(text()),
};

/** What is asked, and where. */
export type PrometheusQuestions = Omit<PrometheusSource, "period" | "lag">;

type PrometheusName = keyof typeof prometheusDefinitions;
type PrometheusValues = {
  readonly [K in Exclude<PrometheusName, "prometheus-url">]: string | undefined;
} & {
  readonly "prometheus-url": URL | undefined;
  readonly stable: string | undefined;
  readonly candidate: string | undefined;
  readonly "max-p95": number | undefined;
  readonly "max-p99": number | undefined;
};

/** Masks the password of `prometheus-url` before anything else looks at the inputs. */
export function maskPassword({ environment, redaction }: Run): void {
  const [, password] = /:\/\/[^:@/]*:([^@/]+)@/.exec(environment.inputs.get("PROMETHEUS-URL") ?? "") ?? [];
  if (password === undefined) return;
  redaction.add(password);
  redaction.add(URL.parse(`http://x:${password}@x`)?.password ?? password);
}

/** Reads what several inputs ask together; reports what is missing, and templates that could not tell two releases apart. */
export function readQuestions(
  values: PrometheusValues,
  problem: ReportProblem,
): PrometheusQuestions | undefined {
  const address = values["prometheus-url"];
  const requests = values["query-requests"];
  const errors = values["query-errors"];
  const latencyBuckets = values["query-latency-buckets"];
  const [stable, canary] = [values["arm-stable"] ?? values.stable, values["arm-canary"] ?? values.candidate];
  const missing = (name: string, instead = "") =>
    problem(name, `it is required with metrics: prometheus${instead}`);
  if (address === undefined) missing("prometheus-url");
  if (requests === undefined) missing("query-requests");
  if (errors === undefined) missing("query-errors");
  if (stable === undefined) missing("arm-stable", ", unless `stable` names what is in the labels");
  if (canary === undefined) missing("arm-canary", ", unless `candidate` names what is in the labels");
  for (const name of ["query-requests", "query-errors", "query-latency-buckets"] as const) {
    const wrong = values[name] === undefined ? undefined : problemOfTemplate(values[name]);
    if (wrong !== undefined) problem(name, wrong);
  }
  if (stable !== undefined && stable === canary)
    problem("arm-canary", `it is the same as arm-stable, ${stable}`);
  if (address && values["prometheus-token"] !== undefined && (address.username || address.password))
    problem("prometheus-token", "give it, or a user and password in prometheus-url, not both");
  const limits = (["max-p95", "max-p99"] as const).flatMap((input) => {
    const limit = values[input];
    return limit === undefined ? [] : [{ input, seconds: limit / 1_000 }];
  });
  if (limits.length > 0 && latencyBuckets === undefined)
    problem("query-latency-buckets", `it is required with ${limits.map(({ input }) => input).join(" and ")}`);
  if (!address || !requests || !errors || !stable || !canary) return undefined;
  return {
    address: readAddress(address, values["prometheus-token"]),
    queries: { requests, errors, latencyBuckets },
    arms: { stable, canary },
    limits,
  };
}

/** Reports inputs of Prometheus that another source would leave unread. */
export function refuseQuestions(values: PrometheusValues, source: string, problem: ReportProblem): void {
  for (const name of Object.keys(prometheusDefinitions) as PrometheusName[]) {
    if (values[name] !== undefined) problem(name, `it means nothing with metrics: ${source}`);
  }
}

/** Opens Prometheus as the evidence. No call is made yet. */
export function openQuestions(
  questions: PrometheusQuestions,
  timing: Pick<PrometheusSource, "period" | "lag">,
  { fetch, clock, log }: Run,
): Metrics {
  return createPrometheusMetrics({ ...questions, ...timing }, { fetch, clock, log });
}
