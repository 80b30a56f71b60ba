import type { Clock } from "#ship/kit";
import type { LogSink } from "../ports.ts";
import type { SimulatedService } from "../service.ts";
import { describeHandlers } from "./describe.ts";
import { faults, read } from "./faults.ts";
import { filterLogEvents } from "./filter-events.ts";
import { getLogEvents } from "./get-events.ts";
import { createLogStore, type LogEvent } from "./store.ts";

export type { LogEvent } from "./store.ts";

export interface LogsOptions {
  readonly clock: Clock;
  readonly region: string;
  readonly accountId: string;
  /** How long after its container's start a stream appears, milliseconds; 0 unless told. */
  readonly streamDelayMilliseconds?: number;
}

/** The simulated CloudWatch Logs: the API, and the sink containers write to. */
export interface Logs extends SimulatedService, LogSink {
  /** Creates a group if it is not there, as a seed. */
  ensureGroup(name: string): void;
  /** Everything written to a stream, whether it has appeared in the API or not. */
  events(group: string, stream: string): readonly LogEvent[];
}

/** Creates the simulated service. It owns no timers. */
export function createLogs(options: LogsOptions): Logs {
  const { clock, region, accountId, streamDelayMilliseconds = 0 } = options;
  const store = createLogStore(clock);
  const openStream = (groupName: string, streamName: string) => {
    const group = store.find(groupName) ?? store.createGroup(groupName);
    return (
      group.streams.get(streamName) ??
      store.createStream(group, streamName, clock.now() + streamDelayMilliseconds)
    );
  };
  return {
    name: "logs",
    protocols: [{ kind: "json", targetPrefix: "Logs_20140328", version: "1.1" }],
    handlers: {
      CreateLogGroup(input) {
        const name = read.requiredText(input, "logGroupName");
        if (!/^[.\-_/#A-Za-z0-9]{1,512}$/.test(name)) {
          throw faults.invalid(
            `Value '${name}' at 'logGroupName' must match [\\.\\-_/#A-Za-z0-9]+ and have 1 to 512 characters`,
          );
        }
        store.createGroup(name);
        return {};
      },
      CreateLogStream(input) {
        const group = store.group(read.requiredText(input, "logGroupName"));
        const name = read.requiredText(input, "logStreamName");
        if (!/^[^:*]{1,512}$/.test(name)) {
          throw faults.invalid(
            `Value '${name}' at 'logStreamName' must not hold ':' or '*' and have 1 to 512 characters`,
          );
        }
        store.createStream(group, name, clock.now());
        return {};
      },
      PutLogEvents(input) {
        const stream = store.stream(
          store.group(read.requiredText(input, "logGroupName")),
          read.requiredText(input, "logStreamName"),
        );
        const events = read.objects(input, "logEvents").map((event) => ({
          timestamp: read.requiredNumber(event, "timestamp"),
          message: read.requiredText(event, "message"),
        }));
        if (events.length === 0) throw faults.invalid("logEvents must hold at least one event");
        if (events.some((event, index) => event.timestamp < (events[index - 1]?.timestamp ?? 0))) {
          throw faults.invalid("Log events in a single PutLogEvents request must be in chronological order.");
        }
        for (const event of events) store.append(stream, event.timestamp, event.message);
        return { nextSequenceToken: String(stream.events.length) };
      },
      GetLogEvents: getLogEvents(store),
      FilterLogEvents: filterLogEvents(store),
      ...describeHandlers(store, `arn:aws:logs:${region}:${accountId}:log-group:`),
    },
    // A container that starts makes its stream, but never the group (awslogs-create-group is false unless told).
    open(groupName, streamName) {
      if (store.find(groupName)) openStream(groupName, streamName);
    },
    write(groupName, streamName, message, at) {
      store.append(openStream(groupName, streamName), at, message);
    },
    ensureGroup(name) {
      if (!store.find(name)) store.createGroup(name);
    },
    events: (group, stream) => store.find(group)?.streams.get(stream)?.events ?? [],
  };
}
