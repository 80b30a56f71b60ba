import type { RetryPolicy } from "#ship/kit";
import type { RequestLimits } from "./connection.ts";

/** A call that makes production safe must not wait for a connection that hangs; it is repeated instead. Milliseconds. */
export const urgentRequests: { readonly requestHandler: RequestLimits } = {
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
};

/** One restoring call ends well within the runner's grace time; whoever made it calls again for as long as it may. */
export const urgentCalls: RetryPolicy = {
  attempts: 100,
  baseMilliseconds: 100,
  capMilliseconds: 500,
  budgetMilliseconds: 2_500,
};
