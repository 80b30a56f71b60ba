import { CloudWatchLogsClient, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { AwsSession } from "../../session.ts";
import { ask, type Caller } from "./caller.ts";

/** Where a container's output lies in CloudWatch Logs. */
export interface LogPlace {
  readonly group: string;
  readonly stream: string;
  /** `awslogs-region`; the session's own when the log driver names none. */
  readonly region: string | undefined;
}

/** The last lines of a log stream, oldest first. @throws ShipError `NOT_FOUND` when the stream does not exist (yet) */
export async function logTail(
  session: AwsSession,
  caller: Caller,
  place: LogPlace,
  lines: number,
): Promise<string[]> {
  const client = new CloudWatchLogsClient({ ...session.config, region: place.region ?? session.region });
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
