export * from "./cache.ts";
export * from "./id-token.ts";
export * from "./permissions.ts";
export * from "./run-facts.ts";
export * from "./tag-source.ts";
