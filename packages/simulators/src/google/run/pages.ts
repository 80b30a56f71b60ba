import type { JsonObject } from "../../service.ts";
import { invalid } from "../status.ts";

/** One page of a list, by `pageSize` (at most 1000, 100 unless told) and `pageToken`. An empty list is left out. */
export function pageOf(
  name: string,
  items: readonly JsonObject[],
  query: URLSearchParams,
  largest = 1000,
): JsonObject {
  const token = query.get("pageToken") ?? "";
  const from = token === "" ? 0 : Number(Buffer.from(token, "base64url").toString("utf8"));
  if (!Number.isInteger(from) || from < 0) throw invalid("page_token", `Invalid page token '${token}'.`);
  const asked = Number(query.get("pageSize") ?? 0);
  const size = asked > 0 ? Math.min(asked, largest) : Math.min(100, largest);
  const page = items.slice(from, from + size);
  const next =
    from + size < items.length ? Buffer.from(String(from + size)).toString("base64url") : undefined;
  return {
    ...(page.length > 0 ? { [name]: page } : {}),
    ...(next === undefined ? {} : { nextPageToken: next }),
  };
}
