export type { Fault, FaultRule } from "./fault.ts";
export * from "./fault-script.ts";
export * from "./request-rates.ts";
