/** Labels of a series, its name in `__name__`. */
export type Labels = Readonly<Record<string, string>>;

/** One scrape's value of a series; a stale marker says that the series was gone (Prometheus documentation: Staleness). */
export interface Sample {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly value: number | "stale";
}

/** A series with its samples, ascending in time. */
export interface StoredSeries {
  readonly labels: Labels;
  readonly samples: readonly Sample[];
}

/** What has been scraped. */
export interface SampleStore {
  /** Adds a sample. Samples of a series must be added in the order of time. */
  add(labels: Labels, sample: Sample): void;
  readonly series: readonly StoredSeries[];
}

/** Creates an empty {@link SampleStore}. */
export function createSampleStore(): SampleStore {
  const stored = new Map<string, { labels: Labels; samples: Sample[] }>();
  return {
    add(labels, sample) {
      const key = JSON.stringify(Object.entries(labels).sort());
      const known = stored.get(key) ?? { labels, samples: [] };
      stored.set(key, known);
      const last = known.samples.at(-1);
      if (last && last.at >= sample.at)
        throw new RangeError(`A sample at ${sample.at} came after one at ${last.at}: ${key}`);
      known.samples.push(sample);
    },
    get series() {
      return [...stored.values()];
    },
  };
}
