import type { Notes, TargetNotes } from "#ship/delivery";

/** Notes that are kept in this process. */
export interface MemoryNotes extends TargetNotes {
  readonly kept: Notes;
  /** Thrown by every call while it is set. */
  failure: Error | undefined;
}

export function memoryNotes(): MemoryNotes {
  let kept: Notes = {};
  const notes: MemoryNotes = {
    failure: undefined,
    get kept() {
      return kept;
    },
    async read() {
      if (notes.failure) throw notes.failure;
      return kept;
    },
    async set(more) {
      if (notes.failure) throw notes.failure;
      kept = { ...kept, ...more };
    },
    async remove(names) {
      if (notes.failure) throw notes.failure;
      kept = Object.fromEntries(Object.entries(kept).filter(([name]) => !names.includes(name)));
    },
  };
  return notes;
}
