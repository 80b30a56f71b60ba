import { describe, expect, it } from "@jest/globals";
import { shop, template, type World, world } from "./world.ts";

const said = async () => {
  const project = await world();
  project.script("shop/api:1", {
    does: "exits",
    afterMs: 0,
    code: 1,
    lines: ["listening?", "no DATABASE_URL"],
  });
  await project.finish("PATCH", `${shop}?allowMissing=true`, { template: template("shop/api:1") });
  return project;
};
const list = async ({ call }: World, body: object) => {
  const answer = await call("POST", "v2/entries:list", { resourceNames: ["projects/acme-shop"], ...body });
  return {
    ...answer,
    texts: JSON.parse(JSON.stringify(answer.body["entries"] ?? [])).map(
      (entry: { textPayload: string }) => entry.textPayload,
    ),
  };
};

describe("Cloud Logging", () => {
  it("has what containers of a revision wrote", async () => {
    await using project = await said();
    const revision = project.google.run.service("shop").latestCreated;
    const filter = `resource.type="cloud_run_revision"\nresource.labels.service_name="shop" AND resource.labels.revision_name="${revision}"`;

    expect((await list(project, { filter })).texts).toEqual(["listening?", "no DATABASE_URL"]);
    expect((await list(project, { filter, orderBy: "timestamp desc", pageSize: 1 })).texts).toEqual([
      "no DATABASE_URL",
    ]);
    expect((await list(project, { filter: 'resource.labels.revision_name="other"' })).body).toEqual({});
    expect(
      (
        await list(project, {
          filter: 'textPayload:"database_url" severity<ERROR timestamp>="2026-01-01T00:00:00Z"',
        })
      ).texts,
    ).toEqual(["no DATABASE_URL"]);
    expect(project.google.violations).toEqual([]);
  });

  it("refuses a filter it cannot read", async () => {
    await using project = await said();

    const { status, body } = await list(project, { filter: "resource.type = " });

    expect([status, body["error"]?.["message"]]).toEqual([
      400,
      expect.stringContaining("Unparseable filter"),
    ]);
  });
});
