import type { Handler } from "../service.ts";
import { faults, read } from "./faults.ts";
import { groupName } from "./group-name.ts";
import type { LogEvent, LogStore } from "./store.ts";

interface Cursor {
  readonly direction: "f" | "b";
  /** Id of the event next to the cursor: the last one read forward, or the first one read backward. Empty: the edge of the stream. */
  readonly eventId: string;
}

/**
 * GetLogEvents. Without a token it answers the newest events, with `startFromHead` the oldest. A token at the end of the
 * stream answers no events and the same token again, which is how callers know that they have read everything.
 */
export function getLogEvents(store: LogStore): Handler {
  return (input) => {
    const stream = store.stream(store.group(groupName(input)), read.requiredText(input, "logStreamName"));
    const from = read.number(input, "startTime") ?? Number.NEGATIVE_INFINITY;
    const to = read.number(input, "endTime") ?? Number.POSITIVE_INFINITY;
    const limit = read.whole(input, "limit", 1, 10_000) ?? 10_000;
    const token = read.text(input, "nextToken");
    const events = stream.events.filter((event) => event.timestamp >= from && event.timestamp < to);
    const cursor = token === undefined ? undefined : parseToken(token);
    const [start, end] = window(events, cursor, limit, read.flag(input, "startFromHead") ?? false);
    const answered = events.slice(start, end);
    const first = answered.at(0)?.id ?? edge(events, start, cursor);
    const last = answered.at(-1)?.id ?? edge(events, start, cursor);
    return {
      events: answered.map(({ timestamp, message, ingestionTime }) => ({
        timestamp,
        message,
        ingestionTime,
      })),
      nextForwardToken: `f/${last}/s`,
      nextBackwardToken: `b/${first}/s`,
    };
  };
}

function window(
  events: readonly LogEvent[],
  cursor: Cursor | undefined,
  limit: number,
  fromHead: boolean,
): readonly [start: number, end: number] {
  if (!cursor) {
    return fromHead ? [0, limit] : [Math.max(0, events.length - limit), events.length];
  }
  const index = events.findIndex((event) => event.id === cursor.eventId);
  if (cursor.direction === "f") return [index + 1, index + 1 + limit];
  const end = index === -1 ? 0 : index;
  return [Math.max(0, end - limit), end];
}

function edge(events: readonly LogEvent[], start: number, cursor: Cursor | undefined): string {
  return cursor?.eventId ?? events[start - 1]?.id ?? "";
}

function parseToken(token: string): Cursor {
  const match = /^([fb])\/(\d*)\/s$/.exec(token);
  if (!match) throw faults.invalid("The specified nextToken is invalid.");
  return { direction: match[1] === "f" ? "f" : "b", eventId: match[2] ?? "" };
}
