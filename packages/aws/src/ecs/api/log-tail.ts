import { CloudWatchLogsClient, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { AwsSession } from "../../session.ts";
import { containersOf, textOf } from "../task-definition/members.ts";
import { type Fields, isFields } from "../task-definition/schema.ts";
import { ask, type Caller } from "./caller.ts";

/** Where a container's output lies in CloudWatch Logs. */
export interface LogPlace {
  readonly group: string;
  readonly stream: string;
  /** `awslogs-region`; the session's own when the log driver names none. */
  readonly region: string | undefined;
}

/**
 * Where a container of a task writes: the awslogs driver takes `prefix/container/task id` (developer guide,
 * awslogs-stream-prefix). Answers the log driver's name when it is another one, or `awslogs` without a prefix.
 */
export function logPlaceOf(
  definition: Fields,
  containerName: string,
  taskId: string,
): LogPlace | { readonly elsewhere: string } {
  const container = containersOf(definition).find((candidate) => textOf(candidate, "name") === containerName);
  const configuration = container?.["logConfiguration"];
  if (!isFields(configuration)) return { elsewhere: "none" };
  const driver = textOf(configuration, "logDriver");
  const options = isFields(configuration["options"]) ? configuration["options"] : {};
  const group = textOf(options, "awslogs-group");
  const prefix = textOf(options, "awslogs-stream-prefix");
  if (driver !== "awslogs" || group === "" || prefix === "") return { elsewhere: driver };
  return {
    group,
    stream: `${prefix}/${containerName}/${taskId}`,
    region: textOf(options, "awslogs-region") || undefined,
  };
}

/** The last lines of a log stream, oldest first. @throws ShipError `NOT_FOUND` when the stream does not exist (yet) */
export async function logTail(
  session: AwsSession,
  caller: Caller,
  place: LogPlace,
  lines: number,
): Promise<string[]> {
  const client = logsClient(session, place);
  try {
    const answer = await ask(caller, "logs:GetLogEvents", (options) =>
      client.send(
        new GetLogEventsCommand({
          logGroupName: place.group,
          logStreamName: place.stream,
          limit: lines,
          startFromHead: false,
        }),
        options,
      ),
    );
    return (answer.events ?? []).map((event) => event.message ?? "");
  } finally {
    client.destroy();
  }
}

/** Reads a log stream from its head, a little further each time. */
export interface LogReader {
  /** The lines since the last reading. @throws ShipError `NOT_FOUND` when the stream does not exist (yet) */
  read(caller: Caller): Promise<readonly string[]>;
  close(): void;
}

/** Creates a {@link LogReader}; no call is made yet. */
export function openLog(session: AwsSession, place: LogPlace): LogReader {
  const client = logsClient(session, place);
  const request = { logGroupName: place.group, logStreamName: place.stream, startFromHead: true };
  let token: string | undefined;
  let seen = 0;
  return {
    async read(caller) {
      const lines: string[] = [];
      try {
        for (;;) {
          const answer = await ask(caller, "logs:GetLogEvents", (options) =>
            client.send(new GetLogEventsCommand({ ...request, ...(token && { nextToken: token }) }), options),
          );
          const { events = [], nextForwardToken: next } = answer;
          // The same token again is the end of what there is; an empty page is not (API reference, GetLogEvents).
          const isDrained = !next || next === token;
          // Stand-ins that know no tokens answer from the head each time.
          const fresh = token === undefined || isDrained ? events.slice(seen) : events;
          lines.push(...fresh.map((event) => event.message ?? ""));
          seen += fresh.length;
          token = next ?? token;
          if (isDrained) return lines;
        }
      } catch (error) {
        // What was read is behind the token already: it would never be read again.
        if (lines.length > 0) return lines;
        throw error;
      }
    },
    close: () => client.destroy(),
  };
}

function logsClient(session: AwsSession, place: LogPlace): CloudWatchLogsClient {
  return new CloudWatchLogsClient({ ...session.config, region: place.region ?? session.region });
}
