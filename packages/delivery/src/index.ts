export * from "./gate.ts";
export * from "./metrics.ts";
export * from "./target.ts";
