/** What containers of one image do. Times are milliseconds on the clock, shares fractions from 0 to 1. */
export type Script =
  | {
      readonly does: "runs";
      readonly lines?: readonly string[];
      /** Share of requests, health checks aside, that are answered with 500. */
      readonly errorShare?: number;
    }
  | {
      readonly does: "exits";
      readonly afterMs: number;
      readonly code: number;
      readonly lines?: readonly string[];
    }
  | { readonly does: "pull-failure"; readonly reason?: string }
  /** Runs, but fails its container health check and answers the load balancer's with an error. */
  | { readonly does: "unhealthy"; readonly lines?: readonly string[] };
