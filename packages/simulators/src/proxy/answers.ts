import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { FixedResponseAction, RedirectAction } from "../elbv2/model.ts";

/** Answers in the load balancer's own name, as its error pages look. */
export function answerOwn(response: ServerResponse, status: number): void {
  const title = `${status} ${STATUS_CODES[status] ?? ""}`;
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`;
  response.writeHead(status, {
    server: "awselb/2.0",
    "content-type": "text/html",
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}

export function answerFixed(response: ServerResponse, action: FixedResponseAction): void {
  const body = action.messageBody ?? "";
  response.writeHead(action.statusCode, {
    server: "awselb/2.0",
    "content-type": action.contentType ?? "text/plain",
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}

/** Answers a redirect whose location may hold `#{protocol}`, `#{host}`, `#{port}`, `#{path}` and `#{query}`. Answers the status. */
export function answerRedirect(
  response: ServerResponse,
  action: RedirectAction,
  incoming: IncomingMessage,
  listener: { readonly protocol: string; readonly port: number },
): number {
  const [path = "/", query = ""] = (incoming.url ?? "/").split(/\?(.*)/s);
  const parts: Readonly<Record<string, string>> = {
    protocol: listener.protocol,
    host: (incoming.headers.host ?? "").replace(/:\d+$/, ""),
    port: String(listener.port),
    path: path.replace(/^\//, ""),
    query,
  };
  const fill = (template: string) =>
    template.replace(/#\{(\w+)\}/g, (whole, name: string) => parts[name] ?? whole);
  const search = fill(action.query);
  const location = `${fill(action.protocol).toLowerCase()}://${fill(action.host)}:${fill(action.port)}${fill(action.path)}${search ? `?${search}` : ""}`;
  const status = action.statusCode === "HTTP_301" ? 301 : 302;
  response.writeHead(status, { server: "awselb/2.0", location, "content-length": 0 });
  response.end();
  return status;
}
