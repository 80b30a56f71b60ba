import type { CacheStore } from "#ship/images";
import { withOwnTemporary } from "#ship/kit";

/**
 * The Actions cache by its own client, which takes address and token from the runner's `ACTIONS_*` variables and makes
 * warnings of its failures. It is loaded with the first use, for it is large, and leaves folders where it packs.
 */
export function createActionsCache(): CacheStore {
  return {
    async restore(directory, key, restoreKeys) {
      const { restoreCache } = await import("@actions/cache");
      return withOwnTemporary(() => restoreCache([directory], key, [...restoreKeys]));
    },
    async save(directory, key) {
      const { saveCache } = await import("@actions/cache");
      // The client answers -1 for what it could not or was not allowed to keep.
      const id = await withOwnTemporary(() => saveCache([directory], key));
      return id === -1 ? "refused" : "saved";
    },
  };
}
