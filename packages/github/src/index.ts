export * from "./id-token.ts";
export * from "./permissions.ts";
