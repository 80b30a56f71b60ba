import { approvalNames } from "./approval-notes.ts";
import type { TargetNotes } from "./notes.ts";
import type { RolloutRecord } from "./record.ts";
import { deadlineText, recordFromNotes, recordNames, recordToNotes } from "./record-notes.ts";

/** What a target remembers of rollouts. */
export interface Remembered {
  /** The rollout under way, or left behind; `garbled` when its notes cannot be read. */
  readonly rollout: RolloutRecord | "garbled" | undefined;
  /** The release that was rolled back last. */
  readonly badRelease: string | undefined;
}

/** The one record of a rollout beside its traffic. */
export interface RolloutRecords {
  read(signal?: AbortSignal): Promise<Remembered>;
  write(record: RolloutRecord, signal?: AbortSignal): Promise<void>;
  /** Moves the deadline alone. */
  postpone(deadline: RolloutRecord["deadline"], signal?: AbortSignal): Promise<void>;
  /** Marks a release as bad, for later rollouts to refuse. */
  condemn(release: string, signal?: AbortSignal): Promise<void>;
  /** Takes the rollout's record away; `absolve` also forgets which release was bad. */
  clear(options?: { readonly absolve?: "absolve"; readonly signal?: AbortSignal }): Promise<void>;
}

const badRelease = "bad-release";
/** What goes with a rollout when it ends. */
const ending: readonly string[] = [...recordNames, ...Object.values(approvalNames)];

/** Keeps records in a target's notes. */
export function createRolloutRecords(notes: TargetNotes): RolloutRecords {
  return {
    async read(signal) {
      const found = await notes.read(signal);
      return { rollout: recordFromNotes(found), badRelease: found[badRelease] || undefined };
    },
    write: (record, signal) => notes.set(recordToNotes(record), signal),
    postpone: (deadline, signal) => notes.set({ deadline: deadlineText(deadline) }, signal),
    condemn: (release, signal) => notes.set({ [badRelease]: release }, signal),
    clear: ({ absolve, signal } = {}) => notes.remove([...ending, ...(absolve ? [badRelease] : [])], signal),
  };
}
