import type { Clock } from "#ship/kit";
import type { GoogleApi } from "../api.ts";
import type { Project } from "../names.ts";
import { GoogleFault } from "../status.ts";
import { metricDescriptor } from "./descriptors.ts";
import type { Series } from "./series.ts";
import { type RunTelemetry, requestCount, requestLatencies } from "./telemetry.ts";
import { listTimeSeries } from "./time-series.ts";

export interface MonitoringOptions {
  readonly clock: Clock;
  readonly project: Project;
  readonly telemetry: RunTelemetry;
  /** How often points come, milliseconds. Alignment periods may be as short, where that is below a minute. */
  readonly samplePeriod: number;
  /** How long after its sampling period a point can be read, milliseconds. */
  readonly lag: number;
}

/** The simulated Cloud Monitoring, with the means to make data late or absent. */
export interface SimulatedMonitoring extends GoogleApi {
  setLag(milliseconds: number): void;
  /**
   * Withholds the points of series that match, those that end within `window` (milliseconds since the epoch) or all,
   * until the answer is called.
   */
  suppress(
    matches: (series: Series) => boolean,
    window?: { readonly from: number; readonly to: number },
  ): () => void;
}

interface Gap {
  readonly matches: (series: Series) => boolean;
  readonly from: number;
  readonly to: number;
}

/** Creates the simulated API over what Cloud Run measured. */
export function createMonitoring(options: MonitoringOptions): SimulatedMonitoring {
  const { clock, project, telemetry, samplePeriod } = options;
  let { lag } = options;
  const gaps = new Set<Gap>();
  const id = (name: string) => `monitoring.projects.${name}`;

  const withoutGaps = (series: Series): Series => {
    const hidden = [...gaps].filter(({ matches }) => matches(series));
    const points = series.points.filter(
      ({ end }) => !hidden.some(({ from, to }) => end >= from && end <= to),
    );
    return { ...series, points };
  };
  const source = {
    read: (type: string) =>
      type === requestCount || type === requestLatencies
        ? telemetry.series(type, clock.now() - lag).map(withoutGaps)
        : undefined,
    shortestPeriod: Math.min(60_000, samplePeriod),
  };
  return {
    name: "monitoring",
    host: "monitoring.googleapis.com",
    document: "monitoring-v3",
    methods: [
      {
        action: "timeSeries.list",
        id: id("timeSeries.list"),
        verb: "GET",
        path: "v3/projects/{project}/timeSeries",
        permission: "monitoring.timeSeries.list",
        handle: (call) => listTimeSeries(call, source),
      },
      {
        action: "metricDescriptors.get",
        id: id("metricDescriptors.get"),
        verb: "GET",
        path: "v3/projects/{project}/metricDescriptors/{type+}",
        permission: "monitoring.metricDescriptors.get",
        handle({ path: { type = "" } }) {
          const times = { sampleMilliseconds: samplePeriod, lagMilliseconds: lag };
          const descriptor = metricDescriptor(project.id, type, times);
          if (descriptor) return descriptor;
          throw new GoogleFault("NOT_FOUND", `Could not find descriptor for metric '${type}'.`);
        },
      },
    ],
    setLag(milliseconds) {
      lag = milliseconds;
    },
    suppress(matches, window) {
      const gap: Gap = {
        matches,
        from: window?.from ?? Number.NEGATIVE_INFINITY,
        to: window?.to ?? Number.POSITIVE_INFINITY,
      };
      gaps.add(gap);
      return () => {
        gaps.delete(gap);
      };
    },
  };
}
