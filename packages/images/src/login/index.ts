export * from "./github.ts";
export * from "./given.ts";
export { type LoginContext, type LoginSource, maskLogin, resolveLogins } from "./resolve.ts";
