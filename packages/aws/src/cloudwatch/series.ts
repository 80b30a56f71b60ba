import {
  CloudWatchClient,
  GetMetricDataCommand,
  type MessageData,
  type MetricDataResult,
} from "@aws-sdk/client-cloudwatch";
import { ShipError } from "#ship/kit";
import type { AwsSession } from "../session.ts";
import { metricQuery, type SeriesQuery } from "./queries.ts";

/** Values by the start of their period, milliseconds since the epoch. A period without data is absent. */
export type Series = ReadonlyMap<number, number>;

/** GetMetricData takes at most this many queries (CloudWatch API reference). */
const mostQueries = 500;

/** Reads many series in as few calls as possible. */
export interface SeriesReader {
  /**
   * @returns series by the id of their query; one without any data is empty
   * @throws ShipError `ACCESS_DENIED` or `SERVICE_UNAVAILABLE` when CloudWatch says that an answer is not the whole truth
   */
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
        const states = new Map<string, ResultState>();
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
            states.set(result.Id ?? "", stateOf(result, answer.Messages));
            for (const [index, at] of (result.Timestamps ?? []).entries()) {
              const value = result.Values?.[index];
              if (value !== undefined && Number.isFinite(value)) series.set(at.getTime(), value);
            }
          }
          // Some endpoints end a list with an empty token.
          token = answer.NextToken || undefined;
        } while (token !== undefined);
        for (const state of states.values()) requireWhole(state);
      }
      return found;
    },
  };
}

/** How much of a series the newest page held, and what was said about it. */
interface ResultState {
  readonly code: string;
  readonly words: string;
}

function stateOf(result: MetricDataResult, messages: readonly MessageData[] | undefined): ResultState {
  const said = [...(result.Messages ?? []), ...(messages ?? [])].map(
    ({ Code, Value }) => Value ?? Code ?? "",
  );
  return { code: result.StatusCode ?? "Complete", words: said.map((text) => ` ${text}`).join("") };
}

/**
 * A part of a series is never judged: errors that are missing from it would count as none (CloudWatch API reference,
 * MetricDataResult: StatusCode).
 */
function requireWhole({ code, words }: ResultState): void {
  if (code === "Forbidden")
    throw new ShipError(
      "ACCESS_DENIED",
      `cloudwatch:GetMetricData answered Forbidden for a metric.${words}`,
      {
        hint: "Allow cloudwatch:GetMetricData for the role of this job.",
      },
    );
  if (code === "InternalError" || code === "PartialData")
    throw new ShipError(
      "SERVICE_UNAVAILABLE",
      `cloudwatch:GetMetricData answered ${code}: a part of the metrics is missing.${words}`,
    );
}
