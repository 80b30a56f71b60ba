import type { JsonObject } from "../../service.ts";
import { invalid } from "../status.ts";
import { object } from "../values.ts";

const systemPrefixes = [
  "run.googleapis.com",
  "cloud.googleapis.com",
  "serving.knative.dev",
  "autoscaling.knative.dev",
];

/** Refuses annotations and labels in the system's own name: v2 has a field for each (Service reference, `annotations`). */
export function checkMetadata(holder: JsonObject, field: string): void {
  for (const kind of ["annotations", "labels"] as const) {
    for (const [key, value] of Object.entries(object(holder, kind))) {
      const prefix = systemPrefixes.find((reserved) => key.startsWith(`${reserved}/`));
      if (prefix !== undefined) {
        throw invalid(
          `${field}.${kind}`,
          `Cloud Run API v2 does not support ${kind} with prefix '${prefix}': '${key}'.`,
        );
      }
      if (kind === "labels") checkLabel(key, String(value), field);
    }
  }
}

/** https://cloud.google.com/run/docs/configuring/services/labels: at most 63 characters of a-z, 0-9, `_` and `-`. */
function checkLabel(key: string, value: string, field: string): void {
  if (!/^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u.test(key)) {
    throw invalid(`${field}.labels`, `Invalid label key '${key}'.`);
  }
  if (!/^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u.test(value)) {
    throw invalid(`${field}.labels`, `Invalid value '${value}' of label '${key}'.`);
  }
}
