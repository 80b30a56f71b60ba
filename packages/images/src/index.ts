export * from "./build.ts";
export * from "./engine.ts";
export * from "./labels.ts";
export * from "./plan.ts";
export * from "./reference.ts";
export * from "./registry/client.ts";
export * from "./registry/credentials.ts";
export * from "./report.ts";
