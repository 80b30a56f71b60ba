import { type Clock, isShipError, messageOf, type RetryPolicy } from "#ship/kit";
import { isClosed } from "../../errors.ts";
import type { Caller } from "../api/caller.ts";
import { type LogReader, logPlaceOf, openLog } from "../api/log-tail.ts";
import type { Fields } from "../task-definition/schema.ts";

/** Output that cannot be read now is read at the next look: the task's end must not wait for it. */
const shortly: RetryPolicy = {
  attempts: 2,
  baseMilliseconds: 200,
  capMilliseconds: 1_000,
  budgetMilliseconds: 5_000,
};

/** The output of one container, shown as it comes. It never fails: it is for people, not for the verdict. */
export interface TaskOutput {
  /** Shows what is new. Answers the number of lines. */
  show(caller: Caller): Promise<number>;
  /** `awaited` while its stream does not exist yet. */
  readonly state: "awaited" | "read" | "closed";
  /** The lines so far, oldest first; only the last of them when they are long. */
  readonly lines: readonly string[];
  /** Ends the reading, and says when nothing was seen at all. */
  close(): void;
}

/** What is followed: one container of one task. */
export interface OutputSource {
  readonly definition: Fields;
  readonly container: string;
  readonly taskId: string;
  /** Stands before each line. */
  readonly title: string;
}

/** Characters of output that are kept: the outputs of a job may hold a megabyte (GitHub Actions limits). */
const longestKept = 262_144;

/** Opens the output of a container in CloudWatch Logs; says so once when it goes elsewhere or may not be read. */
export function openOutput(caller: Caller, source: OutputSource): TaskOutput {
  const { log } = caller.session;
  const place = logPlaceOf(source.definition, source.container, source.taskId);
  if ("elsewhere" in place) {
    log.info(`The output of ${source.container} cannot be shown: ${elsewhere(place.elsewhere)}.`);
    return silent;
  }
  const kept: string[] = [];
  let length = 0;
  const keep = (lines: readonly string[]) => {
    kept.push(...lines);
    length += lines.reduce((sum, line) => sum + line.length + 1, 0);
    while (length > longestKept) length -= (kept.shift() ?? "").length + 1;
  };
  let reader: LogReader | undefined = openLog(caller.session, place);
  let problem = "";
  let shown = 0;
  let state: TaskOutput["state"] = "awaited";
  const giveUp = () => {
    reader?.close();
    reader = undefined;
    state = "closed";
  };
  return {
    lines: kept,
    get state() {
      return state;
    },
    async show(now) {
      if (!reader) return 0;
      try {
        const lines = await reader.read({ ...now, options: { ...now.options, policy: shortly } });
        for (const line of lines) log.quote(source.title, line);
        keep(lines);
        shown += lines.length;
        problem = "";
        state = "read";
        return lines.length;
      } catch (error) {
        now.options.signal?.throwIfAborted();
        problem = messageOf(error);
        const comesLater = isShipError(error) && error.code === "NOT_FOUND";
        if (comesLater || (isShipError(error) && error.code === "SERVICE_UNAVAILABLE")) return 0;
        const why = isClosed(error) ? "" : " any more";
        log.warning(`The output of ${source.container} cannot be shown${why}: ${problem}`);
        giveUp();
        return 0;
      }
    },
    close() {
      if (reader && shown === 0)
        log.info(
          `${source.container} has no output in the stream ${place.stream} of ${place.group}${problem === "" ? "" : `: ${problem}`}`,
        );
      giveUp();
    },
  };
}

/** An output that nobody can or shall read. */
export const silent: TaskOutput = { state: "closed", lines: [], show: async () => 0, close() {} };

function elsewhere(driver: string): string {
  if (driver === "none") return "it has no log configuration";
  if (driver === "awslogs") return "its awslogs driver has no group or no awslogs-stream-prefix";
  return `its log driver is ${driver || "not named"}, and only awslogs can be read here`;
}

/** Lines may come this long after the container ended: the log driver sends in batches. Milliseconds. */
const quiet = 5_000;
/** A stream that does not exist yet is waited for longer; so are lines that keep coming. */
const longestDrain = 10_000;

/**
 * Reads on for a few seconds after the containers have ended, until nothing more comes.
 * @param endedAt when the last container was first seen to have ended, milliseconds since the epoch
 */
export async function drain(
  caller: Caller,
  outputs: readonly TaskOutput[],
  endedAt: number,
  clock: Clock,
): Promise<void> {
  let lastLineAt = endedAt;
  const until = clock.now() + longestDrain;
  for (;;) {
    const open = outputs.filter((output) => output.state !== "closed");
    const counts = await Promise.all(open.map((output) => output.show(caller)));
    if (counts.some((count) => count > 0)) lastLineAt = clock.now();
    const isQuiet = clock.now() - lastLineAt >= quiet && !open.some((output) => output.state === "awaited");
    if (open.length === 0 || isQuiet || clock.now() >= until) return;
    await clock.sleep(1_000, caller.options.signal);
  }
}
