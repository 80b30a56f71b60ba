export { isOverridden } from "./endpoints.ts";
export * from "./monitoring/index.ts";
export { openGoogleSession } from "./open-session.ts";
export { googleRegistryLogins, isGoogleRegistry } from "./registry/login.ts";
export * from "./run/index.ts";
export { timerPermissions as cloudRunTimerPermissions } from "./scheduler/permissions.ts";
export type { GoogleSession, GoogleSessionOptions } from "./session.ts";
