import type { CacheStore } from "#ship/images";

/**
 * The Actions cache by its own client, which takes address and token from the runner's `ACTIONS_*` variables and makes
 * warnings of its failures. It is loaded with the first use, for it is large.
 */
export function createActionsCache(): CacheStore {
  return {
    async restore(directory, key, restoreKeys) {
      const { restoreCache } = await import("@actions/cache");
      return restoreCache([directory], key, [...restoreKeys]);
    },
    async save(directory, key) {
      const { saveCache } = await import("@actions/cache");
      // The client answers -1 for what it could not or was not allowed to keep.
      return (await saveCache([directory], key)) === -1 ? "refused" : "saved";
    },
  };
}
