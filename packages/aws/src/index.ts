export * from "./alb/index.ts";
export * from "./cloudwatch/index.ts";
export * from "./ecr/login.ts";
export * from "./ecs/index.ts";
export * from "./ecs/native/index.ts";
export * from "./errors.ts";
export * from "./preflight/index.ts";
export * from "./session.ts";
