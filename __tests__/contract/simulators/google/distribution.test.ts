import { describe, expect, it } from "@jest/globals";
import {
  bucketOf,
  latencyBuckets,
  merge,
  quantile,
  single,
} from "../../../../packages/simulators/src/google/monitoring/distribution.ts";

const of = (values: readonly number[]) => values.map(single).reduce(merge);

describe("a distribution of latencies", () => {
  it.each([
    [0.5, 0],
    [1, 1],
    [1.39, 1],
    [1.4, 2],
    [1.97, 3],
    [1e12, 67],
  ])("puts %d ms into bucket %d", (milliseconds, bucket) => {
    expect(bucketOf(milliseconds, latencyBuckets)).toBe(bucket);
  });

  it("keeps count, mean and spread of what is merged into it", () => {
    const { count, mean, sumOfSquaredDeviation } = of([2, 4, 4, 4, 5, 5, 7, 9]);

    expect([count, mean]).toEqual([8, 5]);
    expect(sumOfSquaredDeviation).toBeCloseTo(32, 10);
  });

  it("interpolates a quantile within its bucket", () => {
    const fourInOneBucket = of([100, 101, 102, 103]);
    const lower = 1.4 ** 13;

    expect(quantile(fourInOneBucket, 0.5)).toBeCloseTo(lower + 0.5 * (1.4 ** 14 - lower), 6);
    expect(quantile(fourInOneBucket, 1)).toBeCloseTo(1.4 ** 14, 6);
  });

  it("finds the bucket that holds the rank", () => {
    const mostlyQuick = of([
      ...Array.from({ length: 95 }, () => 10),
      ...Array.from({ length: 5 }, () => 900),
    ]);

    expect(quantile(mostlyQuick, 0.95)).toBeLessThan(11);
    expect(quantile(mostlyQuick, 0.96)).toBeGreaterThan(690);
  });
});
