import type { Clock } from "#ship/kit";
import type { Handler, JsonObject } from "../service.ts";
import { faults, read, validationError } from "./faults.ts";
import { parseQueries, runQueries } from "./queries.ts";
import type { MetricReader } from "./source.ts";

const mostDatapoints = 100_800;

/**
 * GetMetricData. A page holds `MaxDatapoints` values of all results together; a result cut off by the page is PartialData and
 * goes on under the same id on the next page.
 */
export function getMetricData(clock: Clock, reader: MetricReader): Handler {
  return (input) => {
    const queries = parseQueries(read.objects(input, "MetricDataQueries"));
    const range = parseRange(input);
    const order = read.text(input, "ScanBy") ?? "TimestampDescending";
    if (order !== "TimestampAscending" && order !== "TimestampDescending") {
      throw validationError(
        `The value ${order} for parameter ScanBy must be TimestampDescending or TimestampAscending.`,
      );
    }
    const limit = read.whole(input, "MaxDatapoints", 1, mostDatapoints) ?? mostDatapoints;
    const start = parseToken(read.text(input, "NextToken"));
    const values = runQueries(queries, reader, { ...range, asOf: clock.now() });

    let passed = 0;
    const results: JsonObject[] = [];
    for (const query of queries.filter((each) => each.returnData)) {
      const series = [...(values.get(query.id) ?? [])].sort(([one], [other]) =>
        order === "TimestampAscending" ? one - other : other - one,
      );
      const from = Math.max(0, start - passed);
      const to = Math.max(0, start + limit - passed);
      const points = series.slice(from, to);
      passed += series.length;
      if (points.length === 0 && series.length > 0) continue;
      if (series.length === 0 && start > 0) continue;
      results.push({
        Id: query.id,
        Label: query.label,
        Timestamps: points.map(([at]) => new Date(at)),
        Values: points.map(([, value]) => value),
        StatusCode: to < series.length ? "PartialData" : "Complete",
      });
    }
    const end = start + limit;
    return {
      MetricDataResults: results,
      ...(end < passed ? { NextToken: Buffer.from(`datapoint ${end}`).toString("base64url") } : {}),
      Messages: [],
    };
  };
}

function parseRange(input: JsonObject): { readonly from: number; readonly to: number } {
  const from = read.instant(input, "StartTime");
  const to = read.instant(input, "EndTime");
  if (from === undefined) throw validationError("The parameter StartTime is required.");
  if (to === undefined) throw validationError("The parameter EndTime is required.");
  if (from >= to) throw validationError("The parameter StartTime must be less than the parameter EndTime.");
  return { from, to };
}

function parseToken(token: string | undefined): number {
  if (token === undefined) return 0;
  const match = /^datapoint (\d+)$/.exec(Buffer.from(token, "base64url").toString());
  if (!match) throw faults.invalidToken(token);
  return Number(match[1]);
}
