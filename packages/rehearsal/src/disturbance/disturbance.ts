/**
 * Something that happens to the world while the canary runs, at the first share (0 to 1) of the new release that is seen
 * at or above `at`:
 * - `cancel`: a person cancels the run;
 * - `no-metrics`: the metrics service has no data from then on;
 * - `incident`: the database takes no orders for so long, whichever release asks;
 * - `drift`: somebody else gives the new release another `share`;
 * - `runner-dies`: the machine of the run is gone at once, and after a while somebody runs the job again;
 * - `second-deploy`: another commit is released meanwhile.
 */
export type Disturbance = { readonly at: number } & (
  | { readonly kind: "cancel" | "no-metrics" | "runner-dies" | "second-deploy" }
  | { readonly kind: "incident"; readonly milliseconds: number }
  | { readonly kind: "drift"; readonly share: number }
);
