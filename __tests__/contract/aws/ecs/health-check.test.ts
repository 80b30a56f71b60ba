import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { HealthCheck } from "#ship/aws";
import { endOf, expectServing, nextImage, release } from "./trouble.ts";
import { firstImage, type World, world } from "./world.ts";

let shop: World;
let server: Server;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
beforeEach(async () => {
  shop = await world();
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", () => listening()));
});
afterEach(async () => {
  await new Promise((closed) => server.close(closed));
  expect(shop.aws.violations).toEqual([]);
  await shop.close();
});

const url = () => new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/health?key=secret`);
const check = (expected: Partial<HealthCheck> = {}) =>
  shop.deploy({
    ...release,
    waiting: { every: 20_000, timeout: 900_000 },
    healthCheck: { url: url(), statuses: [[200, 399]], json: {}, version: undefined, ...expected },
  });
const json =
  (body: unknown, status = 200) =>
  (_: IncomingMessage, response: ServerResponse) =>
    void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
const ok: HealthCheck["statuses"] = [[200, 200]];

describe("the health check of an address", () => {
  it.each([200, 204, 302])("is content with %i", async (status) => {
    answer = (_, response) => void response.writeHead(status, { location: "/login" }).end();
    expect(endOf(await check())).toBe("deployed");
  });

  it.each([404, 500, 503])("takes the release back at %i, and does not show the query", async (status) => {
    answer = (_, response) => void response.writeHead(status).end();
    const end = await check();
    expect(endOf(end)).toBe("rolled-back DEPLOYMENT_ROLLED_BACK");
    expect(end.outcome.failure?.message).toMatch(new RegExp(`/health did not succeed; last: HTTP ${status}`));
    expect([...end.log, end.outcome.summary].join("\n")).not.toContain("secret");
    await expectServing(shop, firstImage);
  });

  it("is asked again until it answers well", async () => {
    let asked = 0;
    answer = (_, response) => {
      asked += 1;
      response.writeHead(asked < 5 ? 503 : 200).end();
    };
    expect(endOf(await check())).toBe("deployed");
    expect(asked).toBe(5);
    await expectServing(shop, nextImage);
  });

  it("takes the given status and no other", async () => {
    answer = (_, response) => void response.writeHead(204).end();
    expect(endOf(await check({ statuses: [[204, 204]] }))).toBe("deployed");
  });

  it("compares values of the JSON, by path", async () => {
    answer = json({ status: "ok", checks: { database: true }, nodes: [{ load: 0.5 }], none: null });
    const values = { status: "ok", "checks.database": "true", "nodes[0].load": "0.5", none: "null" };
    expect(endOf(await check({ statuses: ok, json: values }))).toBe("deployed");
  });

  it.each([
    [{ status: "ok" }, { status: "failing" }, /status is "failing", not "ok"/],
    [{ "checks.database": "ok" }, { checks: {} }, /checks\.database is missing/],
    [{ "constructor.name": "Object" }, {}, /constructor\.name is missing/],
  ])("says which value of %j is another", async (wanted, body, message) => {
    answer = json(body);
    const end = await check({ statuses: ok, json: wanted as Record<string, string> });
    expect(end.outcome.failure?.message).toMatch(message);
  });

  it("says that there is no JSON", async () => {
    answer = (_, response) => void response.end("<html>");
    expect((await check({ json: { a: "b" } })).outcome.failure?.message).toContain("no JSON document");
  });

  it.each([
    ["a JSON member", json({ version: "1.2.3" })],
    [
      "a header",
      (_: IncomingMessage, response: ServerResponse) =>
        void response.setHeader("x-version", "1.2.3").end("ok"),
    ],
    ["the text", (_: IncomingMessage, response: ServerResponse) => void response.end("1.2.3\n")],
  ])("finds the version in %s", async (_, answering) => {
    answer = answering;
    expect(endOf(await check({ version: "1.2.3" }))).toBe("deployed");
  });

  it("does not take the old version for the new one", async () => {
    answer = json({ version: "1.2.2", dependencies: { version: "1.2.3" } });
    expect(endOf(await check({ version: "1.2.3" }))).toBe("rolled-back DEPLOYMENT_ROLLED_BACK");
  });
});
