export type { Arrival } from "./arrivals.ts";
export { type Experiences, startTraffic, type Traffic, type TrafficOptions } from "./start-traffic.ts";
export type { Experience, Second } from "./tally.ts";
export type { Mix } from "./visitor.ts";
