import { isShipError, messageOf, type RetryVerdict, retryAfter, ShipError } from "#ship/kit";
import { readBounded } from "./bounded-body.ts";

const longestExplanation = 64 * 1024;
const longestQuote = 300;

/** A registry's or token service's answer that is no success, in its own words. */
export class RegistryAnswer extends Error {
  readonly status: number;
  /** Milliseconds that the server asks to wait. */
  readonly wait: number | undefined;
  /** True for a token that is good, but not for this. */
  readonly insufficient: boolean;
  /** The upload session is gone, and the blob has to be sent anew. */
  readonly uploadLost: boolean;

  constructor(
    message: string,
    status: number,
    more: {
      readonly wait?: number | undefined;
      readonly insufficient?: boolean;
      readonly uploadLost?: boolean;
    } = {},
  ) {
    super(message);
    this.name = "RegistryAnswer";
    this.status = status;
    this.wait = more.wait;
    this.insufficient = more.insufficient ?? false;
    this.uploadLost = more.uploadLost ?? false;
  }
}

/** Bytes that are not what their digest promises. */
export class CorruptContent extends Error {}

/** Reads why a request was refused (OCI distribution specification 1.1, "Error codes"). */
export async function readRefusal(response: Response, now: number): Promise<RegistryAnswer> {
  const text = await readBounded(response, longestExplanation).then(
    (bytes) => Buffer.from(bytes).toString("utf8"),
    () => "",
  );
  const errors = readErrors(text);
  const said = errors.map(({ code, message }) => [code, message].filter(Boolean).join(": ")).join("; ");
  const status = `HTTP ${response.status} ${response.statusText}`.trim();
  const words = said || plainText(text);
  return new RegistryAnswer(words === "" ? status : `${words} (${status})`, response.status, {
    wait: retryAfter(response.headers.get("retry-after"), now),
    insufficient: /insufficient_scope/.test(response.headers.get("www-authenticate") ?? ""),
    uploadLost: response.status === 416 || errors.some(({ code }) => code === "BLOB_UPLOAD_UNKNOWN"),
  });
}

/** Throttling, 5xx, lost uploads and broken connections are worth another attempt; refusals never are. */
export function judge(error: unknown): RetryVerdict {
  if (isShipError(error)) return "give-up";
  if (!(error instanceof RegistryAnswer) || error.uploadLost) return "retry";
  if (!isPassing(error.status)) return "give-up";
  return error.wait === undefined ? "retry" : { afterMilliseconds: error.wait };
}

/**
 * Says a failed request in ship's terms.
 * @param what the failed act, for example `ghcr.io could not be asked for ghcr.io/octo/shop:1`
 */
export function translate(error: unknown, what: string, purpose: "read" | "write"): ShipError {
  if (isShipError(error)) return error;
  const said = `${what}: ${messageOf(error).replace(/\.$/, "")}.`;
  if (error instanceof CorruptContent)
    return new ShipError("DIGEST_MISMATCH", said, { cause: error, hint: corruptHint });
  if (!(error instanceof RegistryAnswer) || isPassing(error.status))
    return new ShipError("SERVICE_UNAVAILABLE", said, { cause: error, hint: unavailableHint });
  if (error.status === 401 && !error.insufficient)
    return new ShipError("CREDENTIALS_INVALID", said, { cause: error, hint: loginHint });
  if (error.status === 401 || error.status === 403)
    return new ShipError("ACCESS_DENIED", said, { cause: error, hint: accessHint[purpose] });
  return new ShipError(purpose === "write" ? "PUSH_FAILED" : "REQUEST_REJECTED", said, { cause: error });
}

const unavailableHint =
  "Check the registry's host name and its status page; re-running is safe, an image that was pushed is not pushed again.";
const loginHint =
  "Give a login for this host in `registry-auth`, or log in to it in an earlier step; a login that was given is wrong or has expired.";
const corruptHint =
  "Run again; when it happens again, look at the proxies between this runner and the registry.";
const accessHint = {
  read: "Let this login pull from the repository, and check that the repository exists.",
  write: "Let this login push to the repository, and check that the repository exists.",
} as const;

function isPassing(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501);
}

interface ErrorEntry {
  readonly code: string;
  readonly message: string;
}

function readErrors(text: string): readonly ErrorEntry[] {
  try {
    const document: unknown = JSON.parse(text);
    if (typeof document !== "object" || document === null) return [];
    if ("errors" in document && Array.isArray(document.errors)) return document.errors.map(readEntry);
    // Token services speak of `details`, or OAuth (RFC 6749 §5.2).
    return [readEntry(document)];
  } catch {
    return [];
  }
}

function readEntry(entry: unknown): ErrorEntry {
  const text = (key: string) => {
    const value: unknown = typeof entry === "object" && entry !== null ? Reflect.get(entry, key) : undefined;
    return typeof value === "string" ? value.slice(0, longestQuote) : "";
  };
  return {
    code: text("code") || text("error"),
    message: text("message") || text("details") || text("error_description"),
  };
}

function plainText(text: string): string {
  return /^\s*</.test(text) ? "" : (text.trim().split("\n")[0]?.slice(0, longestQuote) ?? "");
}
