export type { PrometheusFault, PrometheusFaultRule } from "./faults.ts";
export type { Labels } from "./samples.ts";
export * from "./server.ts";
