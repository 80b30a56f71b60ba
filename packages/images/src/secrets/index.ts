export * from "./build-arguments.ts";
export * from "./build-secrets.ts";
