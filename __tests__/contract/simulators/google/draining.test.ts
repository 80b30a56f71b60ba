import { createServer, type ServerResponse } from "node:http";
import { describe, expect, it } from "@jest/globals";
import type { ContainerRuntime } from "#ship/simulators";
import { eventually } from "../../../support/eventually.ts";
import { shop, template, world } from "./world.ts";

/** Containers that take requests and answer them only when told, and cut what is open when they stop. */
function patientRuntime() {
  const waiting: ServerResponse[] = [];
  const stopped: string[] = [];
  const runtime: ContainerRuntime = {
    async start({ image }) {
      const server = createServer((_, response) => waiting.push(response));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      return {
        endpoint: () => ({ host: "127.0.0.1", port }),
        async stop() {
          stopped.push(image);
          server.close();
          server.closeAllConnections();
        },
      };
    },
    async close() {},
  };
  return { runtime, waiting, stopped };
}

describe("a revision that loses its traffic", () => {
  it("finishes the requests it has before its instance stops", async () => {
    const { runtime, waiting, stopped } = patientRuntime();
    await using project = await world({ runtime });
    await project.finish("PATCH", `${shop}?allowMissing=true`, { template: template("shop/api:1") });
    const open = fetch(project.google.run.url("shop"));
    const response = await eventually("the request", () => waiting[0]);

    await project.finish("PATCH", shop, { template: template("shop/api:2") });
    expect(project.google.run.service("shop").serving).toMatchObject([
      { serves: expect.stringContaining("00002") },
    ]);
    expect(stopped).toEqual([]);
    response.end("done");

    expect(await (await open).text()).toBe("done");
    await eventually("the old instance's end", () => stopped.includes("shop/api:1"));
  });
});
