/**
 * A timer outside the runner that brings all traffic back to stable unless it is pushed out in time: what acts when the
 * runner can not. Times are milliseconds since the epoch.
 */
export interface DeadMan {
  /** Sets the timer, in place of one that is still there. Needs the target to have been inspected before. */
  arm(deadline: number, signal?: AbortSignal): Promise<void>;
  /** Moves an armed timer further out. */
  push(deadline: number, signal?: AbortSignal): Promise<void>;
  /** Takes the timer away; none is fine. */
  disarm(signal?: AbortSignal): Promise<void>;
}
