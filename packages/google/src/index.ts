export { isOverridden } from "./endpoints.ts";
export * from "./monitoring/index.ts";
export * from "./run/index.ts";
export { type GoogleSession, type GoogleSessionOptions, openGoogleSession } from "./session.ts";
