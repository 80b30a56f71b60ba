import type { NamedQuery } from "./failure.ts";

/** The queries of a rollout, each with `{{arm}}`, and those that answer increases also with `{{window}}`. */
export interface QueryTemplates {
  readonly requests: string;
  readonly errors: string;
  /** Without it latency is not known. */
  readonly latencyBuckets: string | undefined;
}

/** The inputs that queries stand in. */
export type QueryInput = "query-requests" | "query-errors" | "query-latency-buckets";

/** One query of one release. */
export interface ArmQuery {
  readonly input: QueryInput;
  readonly template: string;
  /** What `{{arm}}` stands for. */
  readonly arm: string;
}

const armPattern = /\{\{\s*arm\s*\}\}/g;
const windowPattern = /\{\{\s*window\s*\}\}/g;
const anyPattern = /\{\{\s*([\w-]+)\s*\}\}/g;

/** True for a query that answers increases itself: it says over what window. Otherwise it answers counters. */
export function answersIncreases(template: string): boolean {
  return new RegExp(windowPattern).test(template);
}

/** What is wrong with a template; `undefined` when nothing is. */
export function problemOfTemplate(template: string): string | undefined {
  const names = [...template.matchAll(anyPattern)].map(([, name]) => name ?? "");
  if (!names.includes("arm")) return "it has no {{arm}}, so it would answer the same for both releases";
  const unknown = names.find((name) => name !== "arm" && name !== "window");
  return unknown === undefined ? undefined : `{{${unknown}}} stands for nothing; {{arm}} and {{window}} do`;
}

/** Fills a template in. @param window milliseconds, written as PromQL writes durations: `60s`, `1500ms` */
export function fillIn({ input, template, arm }: ArmQuery, window: number): NamedQuery {
  const duration = window % 1_000 === 0 ? `${window / 1_000}s` : `${window}ms`;
  return {
    input,
    text: template.replaceAll(armPattern, () => arm).replaceAll(windowPattern, duration),
  };
}
