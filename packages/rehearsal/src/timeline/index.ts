export { textTable } from "./table.ts";
export { elapsed, errorRate, latency, releaseName, releasesText } from "./texts.ts";
export { createTimeline, type Look, type Timeline, type TimelineOptions } from "./timeline.ts";
export { type WatchOptions, watchCanary } from "./watch-canary.ts";
