import type { TargetNotes } from "#ship/delivery";
import { isShipError, type Log } from "#ship/kit";

/**
 * Notes that are kept as they should be where the endpoint can, and for the life of this run where it knows no such call,
 * which is said once. A role that may not make the call is another matter: that is refused, because it can be granted.
 */
export function keptOrFleeting(kept: TargetNotes, log: Log): TargetNotes {
  const fleeting = new Map<string, string>();
  let isKept = true;
  const attempt = async <T>(work: () => Promise<T>, otherwise: () => T): Promise<T> => {
    if (!isKept) return otherwise();
    try {
      return await work();
    } catch (error) {
      if (!isShipError(error) || error.code !== "OPERATION_UNKNOWN") throw error;
      isKept = false;
      log.warning(
        `A rollout cannot be noted beside its traffic (${error.message}): if this run dies, nothing else knows what to bring back.`,
      );
      return otherwise();
    }
  };
  return {
    read: (signal) =>
      attempt(
        () => kept.read(signal),
        () => Object.fromEntries(fleeting),
      ),
    set: (notes, signal) =>
      attempt(
        () => kept.set(notes, signal),
        () => {
          for (const [name, text] of Object.entries(notes)) fleeting.set(name, text);
        },
      ),
    remove: (names, signal) =>
      attempt(
        () => kept.remove(names, signal),
        () => {
          for (const name of names) fleeting.delete(name);
        },
      ),
  };
}
