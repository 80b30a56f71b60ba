export type { ProviderOptions, ServiceAccountOptions } from "./auth/service-accounts.ts";
export type { AccessToken, AccessTokens } from "./auth/tokens.ts";
export type { GoogleFaultRule, GoogleFaultScript } from "./faults.ts";
export * from "./google.ts";
export type { SimulatedMonitoring } from "./monitoring/index.ts";
export type { Project } from "./names.ts";
export type { SimulatedGoogleOptions } from "./options.ts";
export type { RunLine, RunPace, RunService, SimulatedRun } from "./run/index.ts";
export type { SchedulerJob, SimulatedScheduler } from "./scheduler/index.ts";
