import { describe, expect, it } from "@jest/globals";
import { location, shop, template, world } from "./world.ts";

const created = async () => {
  const project = await world();
  await project.finish("POST", `${location}/services?serviceId=shop`, { template: template("shop/api:1") });
  return project;
};
const revisionIn = (body: { readonly [name: string]: unknown }, field = "latestReadyRevision") =>
  String(body[field]).split("/").at(-1);

describe("a Cloud Run service", () => {
  it("is made of a template, gets a revision, and serves all requests with it", async () => {
    await using project = await created();

    const { body } = await project.call("GET", shop);

    expect(body).toMatchObject({
      generation: "1",
      observedGeneration: "1",
      traffic: [{ type: "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", percent: 100 }],
      trafficStatuses: [{ type: "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", percent: 100 }],
      terminalCondition: { type: "Ready", state: "CONDITION_SUCCEEDED" },
      uri: expect.stringMatching(/^https:\/\/shop-[a-z]{10}-ew\.a\.run\.app$/),
    });
    expect(revisionIn(body)).toMatch(/^shop-00001-[a-z]{3}$/);
    expect(body["reconciling"]).toBeUndefined();
    expect(await (await fetch(project.google.run.url("shop"))).text()).toBe("shop/api:1\n");
    expect(project.google.violations).toEqual([]);
  });

  it("is made by a patch that allows it to be missing, and not without", async () => {
    await using project = await world();

    const missing = await project.call("PATCH", shop, { template: template("shop/api:1") });
    await project.finish("PATCH", `${shop}?allowMissing=true`, { template: template("shop/api:1") });

    expect(missing.body["error"]).toMatchObject({
      status: "NOT_FOUND",
      message:
        "Resource 'shop' of kind 'SERVICE' in region 'europe-west1' in project 'acme-shop' does not exist.",
    });
    expect((await project.call("GET", shop)).status).toBe(200);
  });

  it("reconciles for a while: the operation ends first, then trafficStatuses follow, then the requests", async () => {
    await using project = await created();
    const { body: before } = await project.call("GET", shop);
    const patched = await project.call("PATCH", shop, { template: template("shop/api:2") });
    expect(patched.body["done"]).toBeUndefined();
    const now = async () => {
      const { body } = await project.call("GET", shop);
      const { body: operation } = await project.call("GET", `v2/${patched.body["name"]}`);
      return {
        done: operation["done"] ?? false,
        reconciling: body["reconciling"] ?? false,
        state: body["terminalCondition"]?.["state"],
        observed: body["observedGeneration"],
        serves: await (await fetch(project.google.run.url("shop"))).text(),
      };
    };
    const [old, young] = ["shop/api:1\n", "shop/api:2\n"];

    expect(await now()).toEqual({
      done: false,
      reconciling: true,
      state: "CONDITION_RECONCILING",
      observed: "1",
      serves: old,
    });
    await project.clock.advance(7_000);
    expect(await now()).toEqual({
      done: true,
      reconciling: true,
      state: "CONDITION_SUCCEEDED",
      observed: "2",
      serves: old,
    });
    await project.clock.advance(3_000);
    expect(await now()).toEqual({
      done: true,
      reconciling: false,
      state: "CONDITION_SUCCEEDED",
      observed: "2",
      serves: old,
    });
    await project.clock.advance(1_000);
    expect(await now()).toMatchObject({ reconciling: false, serves: young });
    expect(revisionIn((await project.call("GET", shop)).body)).not.toBe(revisionIn(before));
  });

  it("makes no revision when the template did not change, even if it is sent with the defaults a read filled in", async () => {
    await using project = await created();
    const { body: before } = await project.call("GET", shop);

    await project.finish("PATCH", `${shop}?updateMask=template`, { template: before["template"] });
    await project.finish("PATCH", shop, { template: template("shop/api:1") });
    const { body: after } = await project.call("GET", shop);

    expect(after["latestCreatedRevision"]).toBe(before["latestCreatedRevision"]);
    await project.finish("PATCH", `${shop}?forceNewRevision=true`, { template: template("shop/api:1") });
    expect(project.google.run.service("shop").revisions.size).toBe(2);
  });

  it("refuses a revision name that exists with another configuration", async () => {
    await using project = await world();
    const named = (image: string) => ({ template: { ...template(image), revision: "shop-abc" } });
    await project.finish("PATCH", `${shop}?allowMissing=true`, named("shop/api:1"));

    const again = await project.call("PATCH", shop, named("shop/api:1"));
    const other = await project.call("PATCH", shop, named("shop/api:2"));

    expect(again.status).toBe(200);
    expect(other.body["error"]).toMatchObject({
      code: 409,
      message: "Revision named 'shop-abc' with different configuration already exists.",
    });
  });

  it("changes only the fields of the mask, and replaces everything without one", async () => {
    await using project = await created();

    await project.finish("PATCH", `${shop}?updateMask=labels,description`, {
      labels: { team: "shop" },
      description: "the shop",
      template: template("shop/api:9"),
    });
    const { body: masked } = await project.call("GET", shop);
    await project.finish("PATCH", shop, { template: template("shop/api:1") });
    const { body: replaced } = await project.call("GET", shop);

    expect(masked).toMatchObject({ labels: { team: "shop" }, description: "the shop", generation: "2" });
    expect(masked["template"]).toMatchObject({ containers: [{ image: "shop/api:1" }] });
    expect(replaced["labels"]).toBeUndefined();
  });

  it("only says what would be when asked to validate", async () => {
    await using project = await created();

    const { body } = await project.call("PATCH", `${shop}?validateOnly=true`, {
      template: template("shop/api:2"),
    });
    await project.clock.advance(60_000);

    expect(body["metadata"]).toMatchObject({ template: { containers: [{ image: "shop/api:2" }] } });
    expect(project.google.run.service("shop")).toMatchObject({ generation: 1, revisions: { size: 1 } });
  });

  it("accepts a write only with the present etag, and any without one", async () => {
    await using project = await created();
    const { body: before } = await project.call("GET", shop);
    await project.finish("PATCH", `${shop}?updateMask=description`, { description: "changed by another" });

    const stale = await project.call("PATCH", `${shop}?updateMask=description`, {
      description: "mine",
      etag: before["etag"],
    });
    const { body: present } = await project.call("GET", shop);
    const fresh = await project.call("PATCH", `${shop}?updateMask=description`, {
      description: "mine",
      etag: present["etag"],
    });

    expect(stale.status).toBe(409);
    expect(stale.body["error"]).toMatchObject({
      status: "ABORTED",
      message: expect.stringMatching(
        /^Conflict for resource 'shop': version '.+' was specified but current version is '.+'\.$/,
      ),
    });
    expect(fresh.status).toBe(200);
  });

  it.each([
    [{ annotations: { "run.googleapis.com/ingress": "all" } }, "service.annotations"],
    [{ labels: { "serving.knative.dev/x": "1" } }, "service.labels"],
    [{ labels: { Team: "shop" } }, "service.labels"],
    [{ template: { containers: [] } }, "service.template.containers"],
    [{ template: { ...template("a"), revision: "other-1" } }, "service.template.revision"],
    [
      { template: template("a", { env: [{ name: "PORT", value: "1" }] }) },
      "service.template.containers[0].env",
    ],
  ])("refuses %j", async (change, field) => {
    await using project = await world();

    const { status, body } = await project.call("PATCH", `${shop}?allowMissing=true`, {
      template: template("shop/api:1"),
      ...change,
    });

    expect(status).toBe(400);
    expect(body["error"]).toMatchObject({
      status: "INVALID_ARGUMENT",
      details: [{ fieldViolations: [{ field }] }],
    });
  });

  it("gives its containers what Cloud Run gives them, and secrets their values", async () => {
    await using project = await world({ run: { secrets: { key: "s3cret" } } });
    const secret = { valueSource: { secretKeyRef: { secret: "key", version: "1" } } };
    const env = [
      { name: "MODE", value: "live" },
      { name: "KEY", ...secret },
    ];

    await project.finish("PATCH", `${shop}?allowMissing=true`, { template: template("shop/api:1", { env }) });
    const [revision] = project.google.run.service("shop").revisions.keys();

    expect(project.containers()).toMatchObject([
      {
        ports: [8080],
        environment: { PORT: "8080", K_SERVICE: "shop", K_REVISION: revision, MODE: "live", KEY: "s3cret" },
      },
    ]);
  });

  it("lists services page by page", async () => {
    await using project = await world();
    for (const id of ["one", "two", "three"]) {
      await project.call("POST", `${location}/services?serviceId=${id}`, { template: template("x") });
    }

    const first = await project.call("GET", `${location}/services?pageSize=2`);
    const second = await project.call(
      "GET",
      `${location}/services?pageSize=2&pageToken=${first.body["nextPageToken"]}`,
    );

    const ids = [first, second].map(({ body }) =>
      JSON.parse(JSON.stringify(body["services"])).map(({ name }: { name: string }) =>
        name.split("/").at(-1),
      ),
    );
    expect(ids).toEqual([["one", "two"], ["three"]]);
    expect(second.body["nextPageToken"]).toBeUndefined();
  });

  it("ends with its revisions when deleted", async () => {
    await using project = await created();

    const operation = await project.finish("DELETE", shop);

    expect(operation["done"]).toBe(true);
    expect((await project.call("GET", shop)).status).toBe(404);
    expect(project.containers()).toEqual([]);
  });
});

describe("a revision", () => {
  it("can be read with its conditions, and deleted once nothing needs it", async () => {
    await using project = await created();
    const first = revisionIn((await project.call("GET", shop)).body);
    const needed = await project.call("DELETE", `${shop}/revisions/${first}`);
    await project.finish("PATCH", shop, { template: template("shop/api:2") });

    const { body } = await project.call("GET", `${shop}/revisions/${first}`);
    await project.finish("DELETE", `${shop}/revisions/${first}`);
    const { body: left } = await project.call("GET", `${shop}/revisions`);

    expect(needed.body["error"]).toMatchObject({ status: "FAILED_PRECONDITION" });
    expect(body["conditions"]).toContainEqual(
      expect.objectContaining({ type: "Active", state: "CONDITION_FAILED", revisionReason: "RETIRED" }),
    );
    expect(left["revisions"]).toHaveLength(1);
    expect(project.google.violations).toEqual([]);
  });
});
