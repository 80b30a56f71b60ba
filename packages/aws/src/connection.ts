/** How long a request may take. Milliseconds; without the last member the SDK only warns of a request that hangs. */
export interface RequestLimits {
  readonly connectionTimeout: number;
  readonly requestTimeout: number;
  readonly throwOnRequestTimeout: true;
}

/** Waits for the next request at most; a hanging connection must not hold a rollback. */
export const requestHandler: RequestLimits = {
  connectionTimeout: 5_000,
  requestTimeout: 30_000,
  throwOnRequestTimeout: true,
};
