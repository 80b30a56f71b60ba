/** A cache entry. It is found only once it is complete, and never changes afterwards. */
export interface CacheEntry {
  readonly id: number;
  readonly key: string;
  readonly version: string;
  /** Ref it was saved from. */
  readonly scope: string;
  readonly createdAt: number;
  bytes: Buffer | undefined;
  state: "reserved" | "complete";
}

/** Whose entries a job may see and where it may write, as its runtime token says. */
export interface CacheAccess {
  /** Refs whose entries are seen, the job's own first. */
  readonly readable: readonly string[];
  /** Ref that entries are saved for; `undefined` for a token that only reads. */
  readonly writable: string | undefined;
}

/** The entries of a repository. */
export interface CacheEntries {
  readonly all: readonly CacheEntry[];
  reserve(key: string, version: string, scope: string, now: number): CacheEntry | undefined;
  /** By exact key first, then the newest that begins with one of the keys, in their order; a nearer ref wins. */
  find(keys: readonly string[], version: string, access: CacheAccess): CacheEntry | undefined;
  byId(id: number): CacheEntry | undefined;
}

/** Creates an empty list. */
export function createEntries(): CacheEntries {
  const all: CacheEntry[] = [];
  return {
    all,
    reserve(key, version, scope, now) {
      const twin = all.some(
        (entry) => entry.key === key && entry.version === version && entry.scope === scope,
      );
      if (twin) return undefined;
      const entry: CacheEntry = {
        id: all.length + 1,
        key,
        version,
        scope,
        createdAt: now,
        bytes: undefined,
        state: "reserved",
      };
      all.push(entry);
      return entry;
    },
    find(keys, version, { readable }) {
      const complete = all.filter((entry) => entry.state === "complete" && entry.version === version);
      for (const scope of readable) {
        const near = complete.filter((entry) => entry.scope === scope).toReversed();
        for (const key of keys) {
          const found =
            near.find((entry) => entry.key === key) ?? near.find((entry) => entry.key.startsWith(key));
          if (found) return found;
        }
      }
      return undefined;
    },
    byId: (id) => all.find((entry) => entry.id === id),
  };
}
