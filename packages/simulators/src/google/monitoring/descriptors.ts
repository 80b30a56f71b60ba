import type { JsonObject } from "../../service.ts";
import { requestCount, requestLatencies } from "./telemetry.ts";

/** The metric descriptors of Cloud Run requests; times are how often points come and how late. */
export function metricDescriptor(
  project: string,
  type: string,
  times: { readonly sampleMilliseconds: number; readonly lagMilliseconds: number },
): JsonObject | undefined {
  const known = descriptions[type];
  if (!known) return undefined;
  return {
    name: `projects/${project}/metricDescriptors/${type}`,
    labels: [
      { key: "response_code", description: "Response code of a request." },
      { key: "response_code_class", description: "Response code class of a request." },
    ],
    metricKind: "DELTA",
    ...known,
    metadata: {
      launchStage: "GA",
      samplePeriod: `${times.sampleMilliseconds / 1000}s`,
      ingestDelay: `${times.lagMilliseconds / 1000}s`,
    },
    type,
    monitoredResourceTypes: ["cloud_run_revision"],
    launchStage: "GA",
  };
}

const descriptions: Readonly<Record<string, JsonObject>> = {
  [requestCount]: {
    valueType: "INT64",
    unit: "1",
    displayName: "Request Count",
    description:
      "Number of requests reaching the revision. Excludes requests that are not reaching your container instances (e.g. unauthorized requests or when maximum number of instances is reached).",
  },
  [requestLatencies]: {
    valueType: "DISTRIBUTION",
    unit: "ms",
    displayName: "Request Latency",
    description: "Distribution of request latency in milliseconds reaching the revision.",
  },
};
