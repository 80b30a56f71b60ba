import type { Handler, JsonObject } from "../service.ts";
import { faults, read } from "./faults.ts";
import { groupName } from "./group-name.ts";
import type { LogGroup, LogStore, LogStream } from "./store.ts";

/** DescribeLogGroups and DescribeLogStreams, 50 to a page. `arnPrefix` is all of an ARN before the group's name. */
export function describeHandlers(store: LogStore, arnPrefix: string): Record<string, Handler> {
  return {
    DescribeLogGroups(input) {
      const prefix = read.text(input, "logGroupNamePrefix") ?? "";
      const pattern = (read.text(input, "logGroupNamePattern") ?? "").toLowerCase();
      const wanted = store
        .groups()
        .filter((group) => group.name.startsWith(prefix) && group.name.toLowerCase().includes(pattern));
      const { items, next } = page(wanted, input);
      return { logGroups: items.map((group) => describeGroup(group, arnPrefix)), ...next };
    },
    DescribeLogStreams(input) {
      const group = store.group(groupName(input));
      const prefix = read.text(input, "logStreamNamePrefix") ?? "";
      const byTime = read.text(input, "orderBy") === "LastEventTime";
      if (byTime && prefix !== "") {
        throw faults.invalid("Cannot order by LastEventTime with a logStreamNamePrefix.");
      }
      const named = store.visibleStreams(group).filter((stream) => stream.name.startsWith(prefix));
      const latest = (stream: LogStream) => stream.events.at(-1)?.timestamp ?? 0;
      const sorted = byTime ? named.toSorted((one, other) => latest(one) - latest(other)) : named;
      const { items, next } = page(read.flag(input, "descending") ? sorted.toReversed() : sorted, input);
      return { logStreams: items.map((stream) => describeStream(group, stream, arnPrefix)), ...next };
    },
  };
}

function page<T>(
  items: readonly T[],
  input: JsonObject,
): { readonly items: readonly T[]; readonly next: JsonObject } {
  const limit = read.whole(input, "limit", 1, 50) ?? 50;
  const start = Number(read.text(input, "nextToken") ?? 0);
  if (!Number.isInteger(start)) throw faults.invalid("The specified nextToken is invalid.");
  const end = start + limit;
  return { items: items.slice(start, end), next: end < items.length ? { nextToken: String(end) } : {} };
}

const sizeOf = (stream: LogStream) =>
  stream.events.reduce((size, event) => size + Buffer.byteLength(event.message) + 26, 0);

function describeGroup(group: LogGroup, arnPrefix: string): JsonObject {
  return {
    logGroupName: group.name,
    creationTime: group.createdAt,
    metricFilterCount: 0,
    arn: `${arnPrefix}${group.name}:*`,
    logGroupArn: `${arnPrefix}${group.name}`,
    logGroupClass: "STANDARD",
    storedBytes: [...group.streams.values()].reduce((size, stream) => size + sizeOf(stream), 0),
  };
}

function describeStream(group: LogGroup, stream: LogStream, arnPrefix: string): JsonObject {
  const first = stream.events.at(0);
  const last = stream.events.at(-1);
  return {
    logStreamName: stream.name,
    creationTime: stream.createdAt,
    ...(first ? { firstEventTimestamp: first.timestamp } : {}),
    ...(last ? { lastEventTimestamp: last.timestamp, lastIngestionTime: last.ingestionTime } : {}),
    arn: `${arnPrefix}${group.name}:log-stream:${stream.name}`,
    storedBytes: 0,
  };
}
