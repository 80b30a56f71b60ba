export { isOverridden } from "./endpoints.ts";
export * from "./run/index.ts";
export { type GoogleSession, type GoogleSessionOptions, openGoogleSession } from "./session.ts";
