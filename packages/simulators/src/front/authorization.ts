import { header, type WireRequest } from "../wire/codec.ts";
import { CommonFault } from "../wire/common-fault.ts";

/** What a Signature Version 4 header says of the caller. The signature itself is not verified. */
export interface Signature {
  readonly accessKeyId: string;
  readonly region: string;
  readonly sessionToken?: string;
}

const algorithm = "AWS4-HMAC-SHA256";
const requiredParts = ["Credential", "Signature", "SignedHeaders"] as const;

/**
 * Reads the Authorization header. Answers `undefined` when there is none.
 * Throws `incomplete-signature`, in AWS's words, when it is garbled.
 */
export function readSignature(request: WireRequest): Signature | undefined {
  const authorization = header(request, "authorization");
  if (authorization === undefined) return undefined;
  const [scheme, rest] = splitOnce(authorization.trim(), " ");
  if (scheme !== algorithm) throw incomplete(`Unsupported AWS 'algorithm': '${scheme}'.`);
  const parts = new Map(rest.split(",").map((part) => splitOnce(part.trim(), "=")));
  const missing = requiredParts.filter((part) => !parts.get(part));
  if (missing.length > 0) {
    const sentences = missing.map((part) => `Authorization header requires '${part}' parameter.`);
    throw incomplete(`${sentences.join(" ")} (Hashed with SHA-256 and encoded with Base64)`);
  }
  const credential = parts.get("Credential") ?? "";
  const [accessKeyId, date, region, service, terminator] = credential.split("/");
  if (!accessKeyId || !date || !region || !service || terminator !== "aws4_request") {
    throw incomplete(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential}'`,
    );
  }
  const sessionToken = header(request, "x-amz-security-token");
  return { accessKeyId, region, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

function incomplete(message: string): CommonFault {
  return new CommonFault("incomplete-signature", message);
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + separator.length)];
}
