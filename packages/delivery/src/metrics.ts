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

/** What a source says: a number, silence, or a value that is none. */
export type Seen<T> = T | "absent" | "unknown";

/** What a source says of one release in one bin. What silence means is not the source's to decide. */
export interface SeenArm {
  readonly requests: Seen<number>;
  readonly errors: Seen<number>;
  /** Requests slower than each edge, in the order of the edges asked for. */
  readonly slower: Seen<readonly number[]>;
  /** 95th percentile of the answer time in seconds. */
  readonly p95?: number;
}

/** Both releases in one bin, as the source says it. Times as in {@link Bin}. */
export interface SeenBin {
  readonly start: number;
  readonly end: number;
  readonly stable: SeenArm;
  readonly canary: SeenArm;
}

/** Which bins are wanted. */
export interface BinQuery {
  /** Milliseconds since the epoch; the bin that holds `from` is the first. */
  readonly from: number;
  readonly to: number;
  /** Latency edges in seconds, ascending. */
  readonly edges: readonly number[];
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
   * Complete bins between two times, as the source says it.
   * @throws ShipError when the source cannot be read: that is neither good nor bad evidence
   */
  bins(query: BinQuery, signal?: AbortSignal): Promise<readonly SeenBin[]>;
  /** The stable release up to `to`, over the last hour or, with fewer than 1000 requests in it, longer. */
  baseline(to: number, signal?: AbortSignal): Promise<Baseline | "no-data">;
}
