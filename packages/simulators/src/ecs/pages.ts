import type { JsonObject } from "../service.ts";
import { invalid } from "./faults.ts";
import { numeric, text } from "./input.ts";

/** One page of a listing and the token of the next one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken?: string;
}

interface PageSize {
  /** Entries on a page when the caller names no size. */
  readonly usual: number;
  readonly most: number;
}

const tokenOf = (offset: number) => Buffer.from(`offset:${offset}`).toString("base64url");

function offsetOf(token: string | undefined): number {
  if (token === undefined) return 0;
  const match = /^offset:(\d+)$/.exec(Buffer.from(token, "base64url").toString());
  if (!match) throw invalid("Invalid token.");
  return Number(match[1]);
}

/** Cuts the page that `nextToken` and `maxResults` of the request ask for. */
export function pageOf<T>(
  input: JsonObject,
  all: readonly T[],
  size: PageSize = { usual: 100, most: 100 },
): Page<T> {
  const limit = numeric(input, "maxResults") ?? size.usual;
  if (limit < 1 || limit > size.most) {
    throw invalid(`maxResults is ${limit}; it must be between 1 and ${size.most}.`);
  }
  const start = offsetOf(text(input, "nextToken"));
  const end = start + limit;
  const items = all.slice(start, end);
  return end < all.length ? { items, nextToken: tokenOf(end) } : { items };
}
