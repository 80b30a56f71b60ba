import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";

/** Headers that belong to one connection and are not passed on (RFC 9110, 7.6.1). */
const hopByHop = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

function withoutHopByHop(headers: IncomingMessage["headers"]): OutgoingHttpHeaders {
  const kept: OutgoingHttpHeaders = { ...headers };
  for (const named of headers.connection?.split(",") ?? []) delete kept[named.trim().toLowerCase()];
  for (const name of hopByHop) delete kept[name];
  return kept;
}

/** What a target is sent: the client's headers, the host kept, and `X-Forwarded-For`, `-Proto` and `-Port` added. */
export function requestHeaders(
  incoming: IncomingMessage,
  listener: { readonly protocol: string; readonly port: number },
): OutgoingHttpHeaders {
  const client = (incoming.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
  const before = incoming.headers["x-forwarded-for"];
  const headers = withoutHopByHop(incoming.headers);
  if (incoming.headers["transfer-encoding"] !== undefined) headers["transfer-encoding"] = "chunked";
  headers["x-forwarded-for"] = before === undefined ? client : `${String(before)}, ${client}`;
  headers["x-forwarded-proto"] = listener.protocol;
  headers["x-forwarded-port"] = String(listener.port);
  return headers;
}

/** What the client is sent: the target's headers with sticky cookies added. */
export function responseHeaders(answer: IncomingMessage, cookies: readonly string[]): OutgoingHttpHeaders {
  const headers = withoutHopByHop(answer.headers);
  if (cookies.length > 0) headers["set-cookie"] = [...(answer.headers["set-cookie"] ?? []), ...cookies];
  return headers;
}
