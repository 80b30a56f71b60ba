import * as core from "@actions/core";
import { inert } from "./inert.ts";
import type { Redaction } from "./redaction.ts";

/** The annotation text GitHub keeps (actions/runner cuts it there). */
export const annotationLimit = 4_096;

/** What an action says while it works. Every text is redacted, and none can act as a workflow command. */
export interface Log {
  info(message: string): void;
  debug(message: string): void;
  /** An annotation with a title, for things a person should know though the run goes on. */
  warning(message: string): void;
  notice(message: string): void;
  error(message: string): void;
  /** Runs `work` inside a folded group. */
  group<T>(title: string, work: () => Promise<T>): Promise<T>;
  /** A line of somebody else's output, shown behind `source`. */
  quote(source: string, line: string): void;
}

/** Creates the log of a step. */
export function createLog(redaction: Redaction): Log {
  const clean = (message: string) => inert(redaction.redact(message));
  const annotation = (message: string) => clean(message).slice(0, annotationLimit);
  return {
    info: (message) => core.info(clean(message)),
    debug: (message) => core.debug(clean(message)),
    warning: (message) => core.warning(annotation(message)),
    notice: (message) => core.notice(annotation(message)),
    error: (message) => core.error(annotation(message)),
    group: (title, work) => core.group(clean(title), work),
    quote(source, text) {
      for (const line of text.split(/\r\n|\r|\n/)) core.info(clean(`${source} │ ${line}`));
    },
  };
}

/** A log that keeps its lines, for tests. */
export function recordingLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const keep = (level: string) => (message: string) => {
    lines.push(`${level}: ${message}`);
  };
  return {
    lines,
    info: keep("info"),
    debug: keep("debug"),
    warning: keep("warning"),
    notice: keep("notice"),
    error: keep("error"),
    group(title, work) {
      lines.push(`group: ${title}`);
      return work();
    },
    quote: (source, line) => keep("quote")(`${source} │ ${line}`),
  };
}
