import { createServer } from "node:http";
import { RequestError, readJson } from "./body.js";
import { parseLimit, parseOrder } from "./validation.js";

/** The HTTP server of the API. Every answer is JSON and names its release in `x-release`. */
export function createApi({ configuration, health, orders, variant, log }) {
  const server = createServer(async (request, response) => {
    const answer = await respond(request).catch((error) => toAnswer(error, request));
    const body = JSON.stringify(answer.body);
    response.writeHead(answer.status, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      "x-release": configuration.version,
      ...answer.headers,
      // While stopping, tells the client to take its next request elsewhere.
      ...(server.listening ? {} : { connection: "close" }),
    });
    response.end(body);
  });

  const respond = async (request) => {
    const url = new URL(request.url, "http://shop");
    if (url.pathname === "/health") return only(request, "GET", getHealth);
    const id = /^\/orders\/(\d{1,15})$/.exec(url.pathname)?.[1];
    if (url.pathname !== "/orders" && id === undefined) {
      throw new RequestError(404, `there is nothing at ${url.pathname}`);
    }
    await variant.hesitate();
    if (variant.failsNext()) throw new Error("this release fails a share of its requests on purpose");
    if (id !== undefined) return only(request, "GET", () => getOrder(id));
    if (request.method === "POST") return postOrder(request);
    return only(request, "GET", () => listOrders(url), "GET, POST");
  };

  const only = (request, method, handle, allowed = method) => {
    if (request.method === method) return handle();
    return {
      status: 405,
      body: { error: `${request.method} is not allowed here; use ${allowed}` },
      headers: { allow: allowed },
    };
  };

  const getHealth = async () => {
    const body = await health.check();
    return { status: body.status === "healthy" ? 200 : 503, body };
  };
  const listOrders = async (url) => {
    const limit = parseLimit(url.searchParams.get("limit"));
    if (limit === undefined) {
      return { status: 422, body: { errors: { limit: "must be a whole number from 1 to 100" } } };
    }
    return { status: 200, body: { orders: await orders.list(limit) } };
  };
  const getOrder = async (id) => {
    const order = await orders.find(id);
    if (order === undefined) throw new RequestError(404, `there is no order ${id}`);
    return { status: 200, body: order };
  };
  const postOrder = async (request) => {
    const { order, errors } = parseOrder(await readJson(request));
    if (errors !== undefined) return { status: 422, body: { errors } };
    const created = await orders.create(order);
    return { status: 201, body: created, headers: { location: `/orders/${created.id}` } };
  };
  const toAnswer = (error, request) => {
    if (error instanceof RequestError) return { status: error.status, body: { error: error.message } };
    log.error("request failed", { method: request.method, url: request.url, reason: error.message });
    return { status: 500, body: { error: "internal error" } };
  };

  return server;
}
