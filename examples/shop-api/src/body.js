const LARGEST_BODY = 16 * 1024;

/** A request that cannot be answered as asked; `status` is the HTTP status it deserves. */
export class RequestError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Reads a JSON body of at most 16 KiB. Throws {@link RequestError} 413 or 400. */
export async function readJson(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > LARGEST_BODY) throw new RequestError(413, `the body is larger than ${LARGEST_BODY} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch (error) {
    throw new RequestError(400, `the body is not JSON: ${error.message}`);
  }
}
