import { formatDuration, formatShare } from "#ship/kit";
import type { Outcome, RunEvent } from "../runner/index.ts";
import type { Experiences } from "../traffic/index.ts";
import { elapsed, releasesText } from "./texts.ts";

const marks: Readonly<Record<Outcome, string>> = {
  success: "ok",
  failure: "FAILED",
  cancelled: "cancelled",
  skipped: "skipped",
};
/** Longest text of an annotation on the terminal; the report has it whole. */
const annotationLimit = 600;

/** Production's traffic as one look sees it. */
export interface Look {
  readonly at: number;
  /** Share (0 to 1) of the traffic that the new release gets. */
  readonly share: number;
  /** Requests since the last printed look. */
  readonly users: Experiences;
}

/** Turns what happens into lines, one per happening, that read the same on a terminal and in a log. */
export interface Timeline {
  /** Undefined for events without a line of their own. */
  event(event: RunEvent): string | undefined;
  look(look: Look): string;
  /** Something of the rehearsal itself. */
  note(at: number, text: string): string;
}

/** How a timeline is told. */
export interface TimelineOptions {
  /** Milliseconds since the epoch that count as 0 s. */
  readonly start: number;
  /** Why jobs of this name are skipped, by the last part of their path. */
  readonly skipped?: Readonly<Record<string, string>>;
  /** Stands before what happens in a run, to tell it from another. */
  readonly prefix?: string;
}

/** Creates a {@link Timeline}. */
export function createTimeline({ start, skipped = {}, prefix = "" }: TimelineOptions): Timeline {
  const begun = new Map<string, number>();
  const line = (at: number, text: string) => `${elapsed(at - start)}  ${text}`;
  const runLine = (at: number, text: string) => line(at, `${prefix}${text}`);
  const key = (job: string, step: string) => `${job}\n${step}`;

  return {
    event(event) {
      switch (event.kind) {
        case "step-started":
          begun.set(key(event.job, event.step), event.at);
          return isQuiet(event.step) ? undefined : runLine(event.at, `${event.job} › ${event.step} …`);
        case "step-ended": {
          const took = event.at - (begun.get(key(event.job, event.step)) ?? event.at);
          if (isQuiet(event.step) && event.conclusion === "success") return undefined;
          const time = event.conclusion === "skipped" ? "" : ` (${formatDuration(took)})`;
          return runLine(event.at, `${event.job} › ${event.step}: ${marks[event.conclusion]}${time}`);
        }
        case "job-ended": {
          const reason = event.result === "skipped" ? skipped[lastPart(event.job)] : undefined;
          if (event.result === "success") return undefined;
          return runLine(event.at, `${event.job}: ${marks[event.result]}${reason ? `: ${reason}` : ""}`);
        }
        case "annotation": {
          const { level, message } = event.annotation;
          return runLine(event.at, `  ${level}: ${shorten(message).replaceAll("\n", `\n${" ".repeat(11)}`)}`);
        }
        case "job-started":
        case "log":
          return undefined;
      }
    },
    look({ at, share, users }) {
      const bar = "#".repeat(Math.round(share * 20)).padEnd(20, ".");
      return line(at, `  canary [${bar}] ${formatShare(share).padStart(5)}  ${releasesText(users)}`);
    },
    note: line,
  };
}

/** Checking out and cleaning up say nothing about a release. */
function isQuiet(step: string): boolean {
  return /^(Post |Pre )?Check out$|^Post /.test(step);
}

function lastPart(job: string): string {
  return job.slice(job.lastIndexOf("/") + 1);
}

function shorten(message: string): string {
  return message.length <= annotationLimit ? message : `${message.slice(0, annotationLimit)} …`;
}
