/**
 * Values measured in one period, each with how often it was seen. Statistic sets published without their values
 * carry only the totals, so percentiles of them are unknown.
 */
export interface Samples {
  readonly count: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
  /** Value and number of times, in any order; undefined when a part of the data came as a statistic set. */
  readonly values: readonly (readonly [value: number, times: number])[] | undefined;
}

/** Samples of single values; undefined when there are none. */
export function samplesOf(values: readonly (readonly [value: number, times: number])[]): Samples | undefined {
  if (values.length === 0) return undefined;
  let count = 0;
  let sum = 0;
  let minimum = Number.POSITIVE_INFINITY;
  let maximum = Number.NEGATIVE_INFINITY;
  for (const [value, times] of values) {
    count += times;
    sum += value * times;
    minimum = Math.min(minimum, value);
    maximum = Math.max(maximum, value);
  }
  return { count, sum, minimum, maximum, values };
}

/** Puts the samples of several sources together; undefined when there are none. */
export function mergeSamples(parts: readonly Samples[]): Samples | undefined {
  const [first, ...others] = parts;
  if (!first || others.length === 0) return first;
  const complete = parts.every((part) => part.values !== undefined);
  return {
    count: parts.reduce((total, part) => total + part.count, 0),
    sum: parts.reduce((total, part) => total + part.sum, 0),
    minimum: parts.reduce((least, part) => Math.min(least, part.minimum), Number.POSITIVE_INFINITY),
    maximum: parts.reduce((most, part) => Math.max(most, part.maximum), Number.NEGATIVE_INFINITY),
    values: complete ? parts.flatMap((part) => part.values ?? []) : undefined,
  };
}
