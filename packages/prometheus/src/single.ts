import { ShipError } from "#ship/kit";
import { describeLabels, type Series } from "./answer.ts";
import type { NamedQuery } from "./failure.ts";

/**
 * The one series that answers a query for increases.
 * @throws ShipError `INPUT_INVALID` naming the labels by which several differ
 */
export function single(series: readonly Series[], query: NamedQuery): Series | undefined {
  if (series.length <= 1) return series[0];
  const labels = differing(series);
  throw new ShipError(
    "INPUT_INVALID",
    `${query.input} answered ${series.length} series that differ by ${labels.join(", ")}, such as ${series
      .slice(0, 3)
      .map((one) => describeLabels(one.labels))
      .join(" and ")}; one was wanted.`,
    {
      details: [query.text],
      hint: `Add them up with sum(…)${query.input === "query-latency-buckets" ? " by (le)" : ""}, or select one by its labels.`,
    },
  );
}

function differing(series: readonly Series[]): readonly string[] {
  const names = new Set(series.flatMap(({ labels }) => Object.keys(labels)));
  return [...names].filter((name) => new Set(series.map(({ labels }) => labels[name])).size > 1).sort();
}
