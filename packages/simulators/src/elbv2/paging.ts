import type { JsonObject } from "../service.ts";
import { read, validationError } from "./faults.ts";

/** One page of a Describe call: `Marker` and `PageSize` in, `NextMarker` out. */
export function page<T>(
  items: readonly T[],
  input: JsonObject,
): { readonly items: readonly T[]; readonly next: JsonObject } {
  const marker = read.text(input, "Marker");
  const size = read.whole(input, "PageSize", 1, 400) ?? 400;
  const start = marker === undefined ? 0 : Number(Buffer.from(marker, "base64url").toString());
  if (!Number.isInteger(start) || start < 0 || start > items.length) {
    throw validationError(`Marker '${marker}' is not one this call has answered`);
  }
  const end = start + size;
  const next = end < items.length ? { NextMarker: Buffer.from(String(end)).toString("base64url") } : {};
  return { items: items.slice(start, end), next };
}
