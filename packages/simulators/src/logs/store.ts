import type { Clock } from "#ship/kit";
import { faults } from "./faults.ts";

/** One line of output. Instants are milliseconds since the epoch. */
export interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
  readonly ingestionTime: number;
  readonly id: string;
}

export interface LogStream {
  readonly name: string;
  readonly createdAt: number;
  /** From when on the API shows the stream. */
  readonly visibleAt: number;
  /** By timestamp, then by arrival. */
  readonly events: LogEvent[];
}

export interface LogGroup {
  readonly name: string;
  readonly createdAt: number;
  readonly streams: Map<string, LogStream>;
}

/** Groups, streams and events. */
export interface LogStore {
  createGroup(name: string): LogGroup;
  createStream(group: LogGroup, name: string, visibleAt: number): LogStream;
  append(stream: LogStream, timestamp: number, message: string): void;
  /** Throws ResourceNotFoundException. */
  group(name: string): LogGroup;
  /** Throws ResourceNotFoundException, also while the stream has not appeared yet. */
  stream(group: LogGroup, name: string): LogStream;
  find(group: string): LogGroup | undefined;
  groups(): readonly LogGroup[];
  visibleStreams(group: LogGroup): readonly LogStream[];
}

export function createLogStore(clock: Clock): LogStore {
  const groups = new Map<string, LogGroup>();
  let appended = 0;
  const isVisible = (stream: LogStream) => stream.visibleAt <= clock.now();
  return {
    createGroup(name) {
      if (groups.has(name)) throw faults.groupExists();
      const group: LogGroup = { name, createdAt: clock.now(), streams: new Map() };
      groups.set(name, group);
      return group;
    },
    createStream(group, name, visibleAt) {
      if (group.streams.has(name)) throw faults.streamExists();
      const stream: LogStream = { name, createdAt: clock.now(), visibleAt, events: [] };
      group.streams.set(name, stream);
      return stream;
    },
    append(stream, timestamp, message) {
      appended += 1;
      const event: LogEvent = {
        timestamp,
        message,
        ingestionTime: clock.now(),
        id: String(appended).padStart(56, "0"),
      };
      const before = stream.events.findLastIndex((each) => each.timestamp <= timestamp);
      stream.events.splice(before + 1, 0, event);
    },
    group(name) {
      const group = groups.get(name);
      if (!group) throw faults.groupNotFound();
      return group;
    },
    stream(group, name) {
      const stream = group.streams.get(name);
      if (!stream || !isVisible(stream)) throw faults.streamNotFound();
      return stream;
    },
    find: (name) => groups.get(name),
    groups: () => [...groups.values()].sort((one, other) => (one.name < other.name ? -1 : 1)),
    visibleStreams: (group) =>
      [...group.streams.values()].filter(isVisible).sort((one, other) => (one.name < other.name ? -1 : 1)),
  };
}
