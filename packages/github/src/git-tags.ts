import type { GitTags } from "#ship/images";
import { payloadOf } from "./event-payload.ts";
import type { RestClient } from "./rest.ts";

const pageSize = 100;
/** More pages than any repository has; an answer that never ends must not hold the job. */
const mostPages = 1_000;

/**
 * The names of all tags of a repository (REST docs, "List repository tags"), page by page. Where an endpoint lacks that
 * list, the references are asked for ("List matching references").
 */
export async function readRemoteTags(
  rest: RestClient,
  repository: string,
  signal: AbortSignal,
): Promise<GitTags> {
  const tags = await readPages(rest, `repos/${repository}/tags?per_page=${pageSize}`, tagName, signal);
  if ("names" in tags || tags.status !== 404) return tags;
  const references = `repos/${repository}/git/matching-refs/tags/?per_page=${pageSize}`;
  return readPages(rest, references, referenceName, signal);
}

async function readPages(
  rest: RestClient,
  path: string,
  nameOf: (item: unknown) => string | undefined,
  signal: AbortSignal,
): Promise<{ readonly names: readonly string[] } | { readonly unreadable: string; readonly status: number }> {
  const names = new Set<string>();
  let address: string | undefined = path;
  for (let page = 1; address !== undefined; page += 1) {
    const answer = await rest.read(address, signal);
    if (answer.kind === "refused") return { unreadable: answer.reason, status: answer.status };
    const found = Array.isArray(answer.document) ? answer.document.map(nameOf) : [undefined];
    if (found.includes(undefined) || page > mostPages)
      return { unreadable: `the answer to ${path} is no list of tags`, status: 200 };
    const known = names.size;
    for (const name of found) if (name !== undefined) names.add(name);
    // A proxy may drop the Link header: a full page of new names has a successor until one is empty.
    const isFull = found.length >= pageSize && names.size > known;
    address = answer.next ?? (isFull ? `${path}&page=${page + 1}` : undefined);
  }
  return { names: [...names] };
}

function tagName(item: unknown): string | undefined {
  return payloadOf(item).text("name");
}

function referenceName(item: unknown): string | undefined {
  return payloadOf(item)
    .text("ref")
    ?.replace(/^refs\/tags\//, "");
}
