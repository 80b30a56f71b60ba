/** What one release did in one bin of time. */
export interface ArmCounts {
  readonly requests: number;
  readonly errors: number;
  /** Requests slower than each edge, in the order of the edges asked for. */
  readonly slower: readonly number[];
}

/** Absent, not-a-number and late evidence is `no-data`; it is never healthy. */
export type Arm = ArmCounts | "no-data";

/** Aligned counts of both releases. Times are milliseconds since the epoch; `end` is exclusive. */
export interface Bin {
  readonly start: number;
  readonly end: number;
  readonly stable: Arm;
  readonly canary: Arm;
}

/** Where the evidence comes from. */
export interface Metrics {
  /**
   * Complete bins between two times; bins younger than the source's lag are left out.
   * @param edges latency edges in seconds, ascending
   * @throws when the source cannot be read: that is neither good nor bad evidence
   */
  bins(from: number, to: number, edges: readonly number[], signal?: AbortSignal): Promise<readonly Bin[]>;
}
