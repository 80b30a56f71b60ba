import type { Notes, TargetNotes } from "#ship/delivery";
import { isConflict } from "../session.ts";
import type { CloudRunApi } from "./api.ts";

const prefix = "ship/";
/** How often a write that somebody else's crossed is tried again on the newest state. */
const crossings = 10;

/** Keeps notes as annotations of a service, beside those of others. */
export function createAnnotationNotes(api: CloudRunApi): TargetNotes {
  const never = new AbortController().signal;

  /** Annotations are written as a whole, so under the etag of the state they were read with. */
  const change = async (edit: (all: Map<string, string>) => void, signal: AbortSignal) => {
    for (let crossing = 0; ; crossing += 1) {
      const { annotations = {}, etag } = await api.service(signal);
      const all = new Map(Object.entries(annotations));
      edit(all);
      if (isSame(annotations, all)) return;
      try {
        await api.patch({ annotations: Object.fromEntries(all), etag }, { signal });
        return;
      } catch (error) {
        if (!isConflict(error) || crossing >= crossings) throw error;
      }
    }
  };

  return {
    async read(signal = never): Promise<Notes> {
      const { annotations = {} } = await api.service(signal);
      const ours = Object.entries(annotations).filter(([key]) => key.startsWith(prefix));
      return Object.fromEntries(ours.map(([key, text]) => [key.slice(prefix.length), text]));
    },
    set: (notes, signal = never) =>
      change((all) => {
        for (const [name, text] of Object.entries(notes)) all.set(`${prefix}${name}`, text);
      }, signal),
    remove: (names, signal = never) =>
      change((all) => {
        for (const name of names) all.delete(`${prefix}${name}`);
      }, signal),
  };
}

function isSame(before: Readonly<Record<string, string>>, after: ReadonlyMap<string, string>): boolean {
  const entries = Object.entries(before);
  return entries.length === after.size && entries.every(([key, text]) => after.get(key) === text);
}
