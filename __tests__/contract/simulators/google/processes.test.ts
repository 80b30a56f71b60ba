import { describe, expect, it } from "@jest/globals";
import { processRuntime, startSimulatedGoogle } from "#ship/simulators";
import { eventually } from "../../../support/eventually.ts";
import { shop, template } from "./world.ts";

/** A program that answers 200 on PORT, except 500 on /broken, once `delay` milliseconds have passed. */
const program = (delay: number) => `
  const { createServer } = require("node:http");
  setTimeout(() => createServer((request, response) => {
    response.statusCode = request.url === "/broken" ? 500 : 200;
    response.end(process.env.K_REVISION);
  }).listen(process.env.PORT, "127.0.0.1"), ${delay});
`;

async function deployed(delay: number, settings: object = {}) {
  const runtime = processRuntime({
    resolve: () => ({ command: process.execPath, args: ["-e", program(delay)], cwd: "/", env: {} }),
  });
  const google = await startSimulatedGoogle({ runtime, run: { speed: 20, pace: { second: 20_000 } } });
  const call = async (verb: string, path: string, body?: unknown) => {
    const response = await fetch(`${google.url}/${path}`, {
      method: verb,
      headers: { authorization: `Bearer ${google.accessToken()}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return JSON.parse(await response.text());
  };
  const begun = await call("PATCH", `${shop}?allowMissing=true`, { template: template("shop", settings) });
  const operation = await eventually("the operation's end", async () => {
    const now = await call("GET", `v2/${begun.name}`);
    return now.done === true && now;
  });
  return { google, operation, close: () => google.close().then(() => runtime.close()) };
}

describe("a revision of real processes", () => {
  it("serves once it listens, however long that takes, and names itself", async () => {
    const { google, operation, close } = await deployed(300);
    await using _closing = { [Symbol.asyncDispose]: close };

    expect(operation.error).toBeUndefined();
    const answer = await eventually("the first answer", async () => {
      const response = await fetch(google.run.url("shop"));
      return response.status === 200 && response.text();
    });

    expect(answer).toBe(google.run.service("shop").latestReady);
  });

  it("fails when its startup probe is answered with an error", async () => {
    const startupProbe = { httpGet: { path: "/broken" }, periodSeconds: 1, failureThreshold: 2 };

    const { operation, close } = await deployed(0, { startupProbe });
    await using _closing = { [Symbol.asyncDispose]: close };

    expect(operation.error).toMatchObject({
      code: 9,
      message: expect.stringContaining("failed the configured startup probe checks"),
    });
  });
});
