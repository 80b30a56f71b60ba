import type { HealthCheck } from "#ship/aws";
import {
  InputProblem,
  type InputValues,
  keyValues,
  list,
  optional,
  type Reader,
  type ReportProblem,
  text,
  url,
} from "#ship/kit";

/** What the new revision must answer before the deployment counts. */
export const healthCheckInputs = {
  "health-check-url": optional(url()),
  "health-check-status": optional(list(status())),
  "health-check-json": optional(keyValues()),
  "health-check-version": optional(text()),
};
type Values = InputValues<typeof healthCheckInputs>;
type Range = HealthCheck["statuses"][number];

/** A status such as 200, or a class of them such as 2xx. */
function status(): Reader<Range> {
  return {
    accepts: "an HTTP status such as 200, or 2xx for a class of them",
    read(raw) {
      const [, first, rest] = /^([1-5])(\d\d|xx)$/i.exec(raw.trim()) ?? [];
      if (first === undefined || rest === undefined) throw new InputProblem();
      const hundred = Number(first) * 100;
      return rest.toLowerCase() === "xx"
        ? [hundred, hundred + 99]
        : [hundred + Number(rest), hundred + Number(rest)];
    },
  };
}

/** Any answer that is no error counts, unless a document is expected: that comes with 200. */
export function readHealthCheck(inputs: Values): HealthCheck | undefined {
  const {
    "health-check-url": address,
    "health-check-json": json = {},
    "health-check-version": version,
  } = inputs;
  if (address === undefined) return undefined;
  const isDocument = version !== undefined || Object.keys(json).length > 0;
  const usual: readonly Range[] = isDocument ? [[200, 200]] : [[200, 399]];
  return { url: address, statuses: inputs["health-check-status"] ?? usual, json, version };
}

/** Mistakes that only several of these inputs together show. */
export function checkHealthCheck(
  inputs: Values & { readonly hasService: boolean; readonly isWaitedFor: boolean },
  problem: ReportProblem,
): void {
  const { "health-check-url": address } = inputs;
  for (const name of ["health-check-status", "health-check-json", "health-check-version"] as const)
    if (inputs[name] !== undefined && address === undefined)
      problem(name, "it needs a `health-check-url`, which is empty");
  if (address === undefined) return;
  if (!inputs.hasService) problem("health-check-url", "it needs a `service`, which is empty");
  else if (!inputs.isWaitedFor)
    problem("health-check-url", "it is asked once the revision serves, which is not waited for");
}
