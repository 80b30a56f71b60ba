/** A place that keeps folders between runs, such as the Actions cache. */
export interface CacheStore {
  /**
   * Brings back a folder saved from the same path.
   * @returns the key it was saved under; `undefined` where there is none
   */
  restore(directory: string, key: string, restoreKeys: readonly string[]): Promise<string | undefined>;
  /** Keeps a folder under a new key; entries cannot be changed. @returns whether it is kept now */
  save(directory: string, key: string): Promise<"saved" | "refused">;
}
