export * from "./install.ts";
export type { RecordedCall } from "./record.ts";
