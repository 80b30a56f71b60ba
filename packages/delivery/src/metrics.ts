/** What one release did in one bin of time. */
export interface ArmCounts {
  readonly requests: number;
  readonly errors: number;
  /** Requests slower than each edge, in the order of the edges asked for. */
  readonly slower: readonly number[];
  /** 95th percentile of the answer time in seconds, for people to read; no gate uses it. */
  readonly p95?: number;
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

/** Which bins are wanted. */
export interface BinQuery {
  /** Milliseconds since the epoch; the bin that holds `from` is the first. */
  readonly from: number;
  readonly to: number;
  /** Latency edges in seconds, ascending. */
  readonly edges: readonly number[];
  /** The canary's intended share of requests between two times, to tell "no traffic yet" from "no data". */
  expectedShare(start: number, end: number): number;
}

/** What the stable release did before the first shift. */
export interface Baseline {
  readonly requests: number;
  readonly errors: number;
  /** Milliseconds the counts were taken over. */
  readonly over: number;
  /** Percentiles of the answer time in seconds; absent with too few requests to tell. */
  readonly latency?: { readonly p95: number; readonly p99: number };
}

/** Where the evidence comes from. */
export interface Metrics {
  /** Length of a bin, in milliseconds. */
  readonly period: number;
  /** Milliseconds until a bin is complete; younger bins are left out. */
  readonly lag: number;
  /**
   * Complete bins between two times.
   * @throws ShipError when the source cannot be read: that is neither good nor bad evidence
   */
  bins(query: BinQuery, signal?: AbortSignal): Promise<readonly Bin[]>;
  /** The stable release up to `to`, over the last hour or, with fewer than 1000 requests in it, longer. */
  baseline(to: number, signal?: AbortSignal): Promise<Baseline | "no-data">;
}
