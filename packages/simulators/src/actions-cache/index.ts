export type { CacheAccess, CacheEntry } from "./entries.ts";
export * from "./service.ts";
