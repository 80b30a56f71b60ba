import { describe, expect, it } from "@jest/globals";
import {
  bucketEdge,
  countAbove,
  countOf,
  type Histogram,
  histogramOf,
  quantileOf,
} from "../../../packages/google/src/monitoring/histogram.ts";

/** Bounds 100, 200, 400, 800 ms: below 100, four buckets between, above 800. */
const read = (...bucketCounts: readonly number[]): Histogram => {
  const histogram = histogramOf({
    bucketOptions: { exponentialBuckets: { numFiniteBuckets: 3, growthFactor: 2, scale: 100 } },
    bucketCounts: bucketCounts.map(String),
  });
  if (!histogram) throw new Error("These buckets cannot be read.");
  return histogram;
};

describe("a distribution of latencies", () => {
  it("is read with exponential, linear and explicit buckets", () => {
    expect(read().bounds).toEqual([100, 200, 400, 800]);
    const linear = { bucketOptions: { linearBuckets: { numFiniteBuckets: 2, width: 50, offset: 10 } } };
    expect(histogramOf(linear)?.bounds).toEqual([10, 60, 110]);
    expect(histogramOf({ bucketOptions: { explicitBuckets: { bounds: [1, 5] } } })?.bounds).toEqual([1, 5]);
    expect(histogramOf({})).toBeUndefined();
  });

  it("has zeros where trailing buckets were left out", () => {
    expect(read(0, 7).counts).toEqual([0, 7, 0, 0, 0]);
    expect(countOf(read(0, 7))).toBe(7);
  });

  it("counts exactly above an edge of its buckets, in whatever unit the edge has travelled", () => {
    const histogram = read(50, 30, 15, 4, 1);
    expect(countAbove(histogram, 200)).toBe(20);
    expect(countAbove(histogram, (200 / 1_000) * 1_000 + 1e-12)).toBe(20);
  });

  it("takes an edge inside a bucket for the bucket's upper one: what is not certain does not count", () => {
    const histogram = read(50, 30, 15, 4, 1);
    expect(countAbove(histogram, 201)).toBe(5);
    expect(countAbove(histogram, 399)).toBe(5);
    expect(countAbove(histogram, 900)).toBe(0);
  });

  it("freezes a percentile at the edge of its bucket, beyond which counts are exact", () => {
    const histogram = read(50, 44, 5, 1);
    const edge = bucketEdge(histogram, 0.95);
    expect(edge).toBe(400);
    expect(countAbove(histogram, edge ?? 0)).toBe(1);
  });

  it("has no edge for a percentile in the bucket without an upper one", () => {
    expect(bucketEdge(read(0, 0, 0, 0, 10), 0.95)).toBeUndefined();
    expect(bucketEdge(read(), 0.95)).toBeUndefined();
  });

  it("tells people a percentile within its bucket", () => {
    expect(quantileOf(read(0, 100), 0.95)).toBeCloseTo(195);
    expect(quantileOf(read(), 0.95)).toBeUndefined();
  });
});
