import type { Experience } from "../../../packages/rehearsal/src/traffic/index.ts";

/** What users of one release saw: 100 quick requests without errors, unless told. */
export function experience(change: Partial<Experience> = {}): Experience {
  return { requests: 100, errors: 0, slow: 0, p50: 4, p95: 12, p99: 20, ...change };
}
