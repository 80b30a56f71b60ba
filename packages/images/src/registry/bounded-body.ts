import { ShipError } from "#ship/kit";

/**
 * Reads a whole body into memory.
 * @param limit bytes; a server that sends more is not listened to any longer
 * @throws ShipError `REQUEST_REJECTED` with the limit
 */
export async function readBounded(response: Response, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (response.body === null) return new Uint8Array();
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > limit) {
      throw new ShipError("REQUEST_REJECTED", `${response.url} answered with more than ${limit} bytes.`, {
        hint: "Check what stands behind the registry's host name.",
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Lets go of an answer whose body nobody reads, so that its connection can serve again. */
export async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => {});
}
