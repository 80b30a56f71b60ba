export * from "./config.ts";
export * from "./engine.ts";
export * from "./job-logins.ts";
export * from "./scanners/index.ts";
