export { type DisturbanceControls, disturb, type Incident } from "./disturb.ts";
export type { Disturbance } from "./disturbance.ts";
