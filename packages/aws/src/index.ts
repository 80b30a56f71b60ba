export * from "./errors.ts";
export * from "./session.ts";
export * from "./ecr/login.ts";
