import { CloudWatchClient, GetMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import type { AwsSession } from "../session.ts";
import { metricQuery, type SeriesQuery } from "./queries.ts";

/** Values by the start of their period, milliseconds since the epoch. A period without data is absent. */
export type Series = ReadonlyMap<number, number>;

/** GetMetricData takes at most this many queries (CloudWatch API reference). */
const mostQueries = 500;

/** Reads many series in as few calls as possible. */
export interface SeriesReader {
  /** @returns series by the id of their query; one without any data is empty */
  read(
    queries: readonly SeriesQuery[],
    from: number,
    to: number,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Series>>;
}

/** Creates a {@link SeriesReader}; no call is made yet. */
export function createSeriesReader(session: AwsSession): SeriesReader {
  const client = new CloudWatchClient(session.config);
  return {
    async read(queries, from, to, signal) {
      const found = new Map<string, Map<number, number>>();
      for (let first = 0; first < queries.length; first += mostQueries) {
        const batch = queries.slice(first, first + mostQueries).map(metricQuery);
        let token: string | undefined;
        do {
          const command = new GetMetricDataCommand({
            MetricDataQueries: batch,
            StartTime: new Date(from),
            EndTime: new Date(to),
            ScanBy: "TimestampAscending",
            ...(token === undefined ? {} : { NextToken: token }),
          });
          const answer = await session.call(
            "cloudwatch:GetMetricData",
            (abortSignal) => client.send(command, { abortSignal }),
            { signal },
          );
          for (const result of answer.MetricDataResults ?? []) {
            const series = found.get(result.Id ?? "") ?? new Map<number, number>();
            found.set(result.Id ?? "", series);
            for (const [index, at] of (result.Timestamps ?? []).entries()) {
              const value = result.Values?.[index];
              if (value !== undefined && Number.isFinite(value)) series.set(at.getTime(), value);
            }
          }
          token = answer.NextToken;
        } while (token !== undefined);
      }
      return found;
    },
  };
}
