import type { RunRequest } from "../run/context.ts";
import { type Distribution, merge, single } from "./distribution.ts";
import type { Labels, Point, Series } from "./series.ts";

/** What one revision answered with one status within one sampling period. */
interface Sample {
  count: number;
  latencies: Distribution;
}

interface Recorded {
  readonly resourceLabels: Labels;
  readonly metricLabels: Labels;
  /** By the end of their sampling period, milliseconds since the epoch, in order of time. */
  readonly samples: Map<number, Sample>;
}

/** The metrics of Cloud Run, made of requests that really went through. */
export interface RunTelemetry {
  record(request: RunRequest): void;
  /** Every series of a metric with the points whose sampling period has ended by `visibleUntil`. */
  series(metricType: string, visibleUntil: number): readonly Series[];
}

export const requestCount = "run.googleapis.com/request_count";
export const requestLatencies = "run.googleapis.com/request_latencies";

/** Creates a {@link RunTelemetry} that samples every `samplePeriod` milliseconds. */
export function createRunTelemetry(projectId: string, samplePeriod: number): RunTelemetry {
  const recorded = new Map<string, Recorded>();
  return {
    record({ at, service, location, revision, status, latency }) {
      const key = [location, service, revision, status].join(" ");
      const entry = recorded.get(key) ?? {
        resourceLabels: {
          project_id: projectId,
          location,
          service_name: service,
          revision_name: revision,
          configuration_name: service,
        },
        metricLabels: { response_code: String(status), response_code_class: `${Math.floor(status / 100)}xx` },
        samples: new Map<number, Sample>(),
      };
      recorded.set(key, entry);
      const end = Math.ceil(at / samplePeriod) * samplePeriod;
      const sample = entry.samples.get(end);
      if (sample) {
        sample.count += 1;
        sample.latencies = merge(sample.latencies, single(latency));
      } else {
        entry.samples.set(end, { count: 1, latencies: single(latency) });
      }
    },
    series(metricType, visibleUntil) {
      if (metricType !== requestCount && metricType !== requestLatencies) return [];
      const valueType = metricType === requestCount ? "INT64" : "DISTRIBUTION";
      return [...recorded.values()].map(({ resourceLabels, metricLabels, samples }) => ({
        metricType,
        metricLabels,
        resourceType: "cloud_run_revision",
        resourceLabels,
        metricKind: "DELTA",
        valueType,
        points: [...samples]
          .filter(([end]) => end <= visibleUntil)
          .map(
            ([end, { count, latencies }]): Point => ({
              start: end - samplePeriod,
              end,
              value:
                valueType === "INT64"
                  ? { type: "INT64", number: count }
                  : { type: "DISTRIBUTION", distribution: latencies },
            }),
          ),
      }));
    },
  };
}
