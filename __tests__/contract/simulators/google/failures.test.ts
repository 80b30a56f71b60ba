import { describe, expect, it } from "@jest/globals";
import type { Script } from "#ship/simulators";
import { shop, template, type World, world } from "./world.ts";

/** A shop that serves version 1, and a version 2 that does as scripted. */
const withBadSecond = async (script: Script): Promise<World> => {
  const project = await world();
  await project.finish("PATCH", `${shop}?allowMissing=true`, { template: template("shop/api:1") });
  project.script("shop/api:2", script);
  return project;
};
const served = async ({ google }: World) => (await fetch(google.run.url("shop"))).text();

describe("a revision that fails", () => {
  it.each<[string, Script, number, string, object]>([
    [
      "ends at once",
      { does: "exits", afterMs: 0, code: 1 },
      9,
      "The user-provided container failed to start and listen on the port defined provided by the PORT=8080 environment variable",
      { type: "ContainerHealthy", revisionReason: "HEALTH_CHECK_CONTAINER_ERROR" },
    ],
    [
      "does not listen",
      { does: "unhealthy" },
      9,
      "The user-provided container failed to start and listen on the port",
      { type: "ContainerHealthy", revisionReason: "HEALTH_CHECK_CONTAINER_ERROR" },
    ],
    [
      "has no image",
      { does: "pull-failure" },
      5,
      "Image 'shop/api:2' not found.",
      { type: "ContainerReady", reason: "CONTAINER_MISSING" },
    ],
    [
      "may not have its image",
      { does: "pull-failure", reason: "CannotPullContainerError: denied" },
      7,
      "must have permission to read the image, shop/api:2",
      { type: "ContainerReady", reason: "CONTAINER_PERMISSION_DENIED" },
    ],
  ])(
    "because it %s ends the operation and leaves the old one serving",
    async (_, script, code, message, condition) => {
      await using project = await withBadSecond(script);
      const before = project.google.run.service("shop").latestReady;

      const operation = await project.finish("PATCH", shop, { template: template("shop/api:2") });
      const { body } = await project.call("GET", shop);
      const name = String(body["latestCreatedRevision"]).split("/").at(-1);
      const { body: revision } = await project.call("GET", `${shop}/revisions/${name}`);

      expect(operation["error"]).toEqual({ code, message: expect.stringContaining(message) });
      expect(operation["error"]?.["message"]).toMatch(
        new RegExp(
          `^Revision '${name}' is not ready and cannot serve traffic\\..+Logs URL: https://console`,
          "s",
        ),
      );
      expect(body["terminalCondition"]).toMatchObject({
        state: "CONDITION_FAILED",
        reason: "REVISION_FAILED",
      });
      expect(body["latestReadyRevision"]).toMatch(new RegExp(`${before}$`));
      expect([body["observedGeneration"], body["reconciling"]]).toEqual(["2", undefined]);
      expect(revision["conditions"]).toContainEqual(
        expect.objectContaining({ ...condition, state: "CONDITION_FAILED" }),
      );
      expect(await served(project)).toBe("shop/api:1\n");
      expect(project.google.violations).toEqual([]);
    },
  );

  it("fails by its own startup probe when it answers, but not well", async () => {
    await using project = await withBadSecond({ does: "unhealthy" });
    const startupProbe = { httpGet: { path: "/ready" }, periodSeconds: 5, failureThreshold: 2 };
    const { body: begun } = await project.call("PATCH", shop, {
      template: template("shop/api:2", { startupProbe }),
    });
    const operation = async () => (await project.call("GET", `v2/${begun["name"]}`)).body;

    // 5 s until it starts, two periods of 5 s, 2 s until the operation ends.
    await project.clock.advance(16_999);
    expect((await operation())["done"]).toBeUndefined();
    await project.clock.advance(1);
    expect((await operation())["error"]).toMatchObject({
      code: 9,
      message: expect.stringContaining("failed the configured startup probe checks"),
    });
  });

  it("fails without its secret", async () => {
    await using project = await withBadSecond({ does: "runs" });
    const env = [{ name: "KEY", valueSource: { secretKeyRef: { secret: "gone", version: "3" } } }];

    const operation = await project.finish("PATCH", shop, { template: template("shop/api:2", { env }) });

    expect(operation["error"]).toMatchObject({
      message: expect.stringContaining("Secret projects/_/secrets/gone/versions/3 was not found"),
    });
  });

  it("makes the next healthy deployment fail while traffic names it, tag or percent", async () => {
    await using project = await withBadSecond({ does: "pull-failure" });
    await project.finish("PATCH", shop, { template: template("shop/api:2") });
    const { latestCreated, latestReady } = project.google.run.service("shop");
    const byRevision = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION";
    const traffic = [
      { type: byRevision, revision: latestReady, percent: 100 },
      { type: byRevision, revision: latestCreated, tag: "next" },
    ];

    await project.finish("PATCH", `${shop}?updateMask=traffic`, { traffic });
    const operation = await project.finish("PATCH", `${shop}?updateMask=template`, {
      template: template("shop/api:3"),
    });

    expect(operation["error"]?.["message"]).toContain(`Revision '${latestCreated}' is not ready`);
  });

  it("that crashes while serving is started again by the next request", async () => {
    await using project = await withBadSecond({ does: "runs" });

    project.crash("shop/api:1");

    expect(project.containers()).toEqual([]);
    expect(await served(project)).toBe("shop/api:1\n");
  });
});
