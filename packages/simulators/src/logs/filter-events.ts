import type { Handler } from "../service.ts";
import { faults, read } from "./faults.ts";
import { compilePattern } from "./filter-pattern.ts";
import { groupName } from "./group-name.ts";
import type { LogStore } from "./store.ts";

/** FilterLogEvents: events of several streams that match a pattern, oldest first. */
export function filterLogEvents(store: LogStore): Handler {
  return (input) => {
    const group = store.group(groupName(input));
    const names = read.texts(input, "logStreamNames");
    const prefix = read.text(input, "logStreamNamePrefix");
    if (names.length > 0 && prefix !== undefined) {
      throw faults.invalid("logStreamNames and logStreamNamePrefix cannot be specified together.");
    }
    for (const name of names) store.stream(group, name);
    const from = read.number(input, "startTime") ?? Number.NEGATIVE_INFINITY;
    const to = read.number(input, "endTime") ?? Number.POSITIVE_INFINITY;
    const matches = compilePattern(read.text(input, "filterPattern") ?? "");
    const limit = read.whole(input, "limit", 1, 10_000) ?? 10_000;
    const token = read.text(input, "nextToken");
    const start = token === undefined ? 0 : Number(token);
    if (!Number.isInteger(start)) throw faults.invalid("The specified nextToken is invalid.");
    const found = store
      .visibleStreams(group)
      .filter(
        (stream) =>
          (names.length === 0 || names.includes(stream.name)) &&
          (prefix === undefined || stream.name.startsWith(prefix)),
      )
      .flatMap((stream) => stream.events.map((event) => ({ stream, event })))
      .filter(({ event }) => event.timestamp >= from && event.timestamp <= to && matches(event.message))
      .sort(
        (one, other) =>
          one.event.timestamp - other.event.timestamp || (one.event.id < other.event.id ? -1 : 1),
      );
    const end = start + limit;
    return {
      events: found.slice(start, end).map(({ stream, event }) => ({
        logStreamName: stream.name,
        timestamp: event.timestamp,
        message: event.message,
        ingestionTime: event.ingestionTime,
        eventId: event.id,
      })),
      searchedLogStreams: [],
      ...(end < found.length ? { nextToken: String(end) } : {}),
    };
  };
}
