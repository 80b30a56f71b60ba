import { PassingAnswer, type Requester, reasonOf, request } from "./request.ts";

/** How the REST API is reached. */
export interface RestOptions extends Requester {
  /** Base address without a trailing slash; GITHUB_API_URL. */
  readonly apiUrl: string;
}

/** An answer of the API, or why there is none worth using. */
export type RestAnswer =
  | { readonly kind: "document"; readonly document: unknown; readonly next: string | undefined }
  | { readonly kind: "refused"; readonly status: number; readonly reason: string };

/** Reads from the REST API. After a request that nothing answered, the rest of the run does not wait for it again. */
export interface RestClient {
  /** @param path below the base address, or the address of a next page */
  read(path: string, signal: AbortSignal): Promise<RestAnswer>;
}

/** Creates a client. Public repositories can be read without a token. */
export function createRestClient(options: RestOptions): RestClient {
  let silence: string | undefined;
  return {
    async read(path, signal) {
      const address = new URL(path, `${options.apiUrl}/`);
      // A page that another host names must not be shown the token.
      const isOurs = address.origin === new URL(options.apiUrl).origin;
      const requester = { ...options, token: isOurs ? options.token : undefined };
      if (silence !== undefined) return { kind: "refused", status: 0, reason: silence };
      try {
        return await answerOf(await request(address.href, requester, signal), options.apiUrl);
      } catch (error) {
        signal.throwIfAborted();
        const reason = `${options.apiUrl} does not answer: ${reasonOf(error)}`;
        if (error instanceof PassingAnswer) return { kind: "refused", status: error.status, reason };
        silence = reason;
        return { kind: "refused", status: 0, reason };
      }
    },
  };
}

async function answerOf(response: Response, apiUrl: string): Promise<RestAnswer> {
  const { status, ok, headers } = response;
  const refused = (reason: string) => ({ kind: "refused", status, reason }) as const;
  if (!ok) return refused(`${apiUrl} answered HTTP ${status}`);
  try {
    return {
      kind: "document",
      document: JSON.parse(await response.text()),
      next: nextPage(headers.get("link")),
    };
  } catch (error) {
    if (error instanceof SyntaxError) return refused(`${apiUrl} answered with something else than JSON`);
    throw error;
  }
}

/** The address of the next page (REST docs, "Using pagination"; RFC 8288). */
function nextPage(link: string | null): string | undefined {
  return link?.split(",").flatMap((part) => /<([^>]*)>\s*;.*\brel="?next"?/.exec(part)?.[1] ?? [])[0];
}
