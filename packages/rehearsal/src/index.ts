export * from "./database/index.ts";
export * from "./image/index.ts";
export * from "./processes/index.ts";
export * from "./runner/index.ts";
export * from "./traffic/index.ts";
