/** An address and what it must answer. */
export interface HealthCheck {
  readonly url: URL;
  /** Accepted statuses, inclusive. */
  readonly statuses: readonly (readonly [from: number, to: number])[];
  /** Values by path (`checks.database`, `nodes[0].state`) of the JSON document that must be answered. */
  readonly json: Readonly<Record<string, string>>;
  /** The version that must answer. */
  readonly version: string | undefined;
}
