export type { Role, RoleOptions } from "./roles.ts";
export * from "./sessions.ts";
export * from "./sts.ts";
