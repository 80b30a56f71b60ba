import * as z from "zod/mini";

/** Numbers of samples by bucket (google.api.Distribution). Whole numbers are strings; trailing empty buckets are left out. */
export const distribution = z.object({
  count: z.optional(z.string()),
  bucketOptions: z.optional(
    z.object({
      exponentialBuckets: z.optional(
        z.object({ numFiniteBuckets: z.number(), growthFactor: z.number(), scale: z.number() }),
      ),
      linearBuckets: z.optional(
        z.object({ numFiniteBuckets: z.number(), width: z.number(), offset: z.optional(z.number()) }),
      ),
      explicitBuckets: z.optional(z.object({ bounds: z.array(z.number()) })),
    }),
  ),
  bucketCounts: z.optional(z.array(z.string())),
});
export type Distribution = z.infer<typeof distribution>;

/** One aligned value and the time it is for; what is 0 may be absent. */
const point = z.object({
  interval: z.object({ startTime: z.optional(z.string()), endTime: z.string() }),
  value: z.object({
    int64Value: z.optional(z.string()),
    doubleValue: z.optional(z.number()),
    distributionValue: z.optional(distribution),
  }),
});
export type Point = z.infer<typeof point>;

const labels = z.object({ labels: z.optional(z.record(z.string(), z.string())) });

/** An answer of timeSeries.list. Without any data it has no `timeSeries` at all. */
export const timeSeriesPage = z.object({
  timeSeries: z._default(
    z.array(
      z.object({
        metric: z.optional(labels),
        resource: z.optional(labels),
        points: z._default(z.array(point), []),
      }),
    ),
    [],
  ),
  nextPageToken: z.optional(z.string()),
  executionErrors: z._default(z.array(z.object({ message: z.optional(z.string()) })), []),
  unreachable: z._default(z.array(z.string()), []),
});
export type TimeSeries = z.infer<typeof timeSeriesPage>["timeSeries"][number];
