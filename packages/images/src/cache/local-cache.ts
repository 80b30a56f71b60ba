import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Log, messageOf } from "#ship/kit";
import type { LocalCachePlan } from "./plan.ts";
import type { CacheStore } from "./store.ts";

/** A build cache in a folder. None of its failures is a failure of the build. */
export interface LocalCache {
  /** Brings the folder back. @returns the `cache-from` and `cache-to` lines of the build */
  restore(): Promise<{ readonly from: readonly string[]; readonly to: readonly string[] }>;
  /** Keeps what the build wrote in place of what it read, so that the cache does not grow with every run. */
  save(): Promise<void>;
  /** Removes the folders of this run. */
  remove(): Promise<void>;
}

/** Creates the local cache of one build. */
export function createLocalCache(plan: LocalCachePlan, store: CacheStore, log: Log): LocalCache {
  const { directory, key } = plan;
  const fresh = `${directory}-new`;
  let restored: string | undefined;
  const remove = async () => {
    for (const folder of [directory, fresh]) await rm(folder, { recursive: true, force: true });
  };
  return {
    async restore() {
      await remove();
      await tolerating("restored", log, async () => {
        await mkdir(directory, { recursive: true, mode: 0o700 });
        restored = await store.restore(directory, key, plan.restoreKeys);
        log.info(restored === undefined ? "There is no build cache yet." : `Build cache ${restored}`);
      });
      const readable = restored !== undefined && isCache(directory);
      // The same commit has nothing new to keep: its entry cannot be changed.
      const writes = plan.save && restored !== key;
      return {
        from: readable ? [`type=local,src=${directory}`] : [],
        to: writes ? [`type=local,dest=${fresh},mode=max,ignore-error=true`] : [],
      };
    },
    async save() {
      if (!plan.save || restored === key) return;
      await tolerating("saved", log, async () => {
        if (!isCache(fresh)) return log.notice("The build wrote no cache, so that none is saved.");
        await rm(directory, { recursive: true, force: true });
        await rename(fresh, directory);
        const kept = await store.save(directory, key);
        log.info(
          kept === "saved" ? `Build cache saved as ${key}` : `The build cache was not saved as ${key}.`,
        );
      });
    },
    remove,
  };
}

/** A folder that BuildKit can read: an OCI image layout with an index. */
function isCache(directory: string): boolean {
  return existsSync(join(directory, "index.json"));
}

async function tolerating(what: string, log: Log, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.notice(`The build cache was not ${what}: ${messageOf(error)}`);
  }
}
