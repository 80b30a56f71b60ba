export * from "./local-cache.ts";
export * from "./plan.ts";
export * from "./policy.ts";
export * from "./raw-exports.ts";
export * from "./scope.ts";
export * from "./store.ts";
export * from "./use.ts";
