export { removeBuilder } from "./buildx/builder.ts";
export * from "./config.ts";
export * from "./engine/choose.ts";
export type { EngineOptions } from "./engine/options.ts";
export * from "./job-logins.ts";
export * from "./scanners/index.ts";
