export * from "./cache.ts";
export * from "./id-token.ts";
export * from "./permissions.ts";
