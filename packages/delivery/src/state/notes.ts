/** Texts by name. Names are lower-case words with hyphens. */
export type Notes = Readonly<Record<string, string>>;

/**
 * Short texts that a target keeps beside its traffic (tags, annotations), so that any later process can see a rollout and
 * finish or undo it. Values hold letters, digits, blanks and `+ - = . _ : / @` (what tags allow) and may be of any length:
 * an adapter divides what its platform cannot hold in one piece. Each method may be repeated; none touches what others
 * keep there.
 */
export interface TargetNotes {
  /** Everything noted at this target; empty without any. */
  read(signal?: AbortSignal): Promise<Notes>;
  /** Sets these, and leaves the others. */
  set(notes: Notes, signal?: AbortSignal): Promise<void>;
  /** Takes these away; a name that is not there is fine. */
  remove(names: readonly string[], signal?: AbortSignal): Promise<void>;
}
