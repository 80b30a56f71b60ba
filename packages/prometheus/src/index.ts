export { type PrometheusAddress, readAddress, shown as shownAddress } from "./address.ts";
export {
  createPrometheusMetrics,
  type PrometheusPorts,
  type PrometheusSource,
  prometheusLag,
} from "./metrics.ts";
export { answersIncreases, problemOfTemplate, type QueryTemplates } from "./query.ts";
