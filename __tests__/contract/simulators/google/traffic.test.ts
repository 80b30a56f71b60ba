import { describe, expect, it } from "@jest/globals";
import { shop, template, type World, world } from "./world.ts";

const byRevision = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION";
const byLatest = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST";

/** A shop with two revisions of which the first is pinned to all requests; numbers that choose run 0, 0.01, 0.02, … */
async function pinned(options: Parameters<typeof world>[0] = {}) {
  let drawn = 0;
  const random = () => (drawn++ % 100) / 100;
  const project = await world({ ...options, run: { random, ...options.run } });
  await project.finish("PATCH", `${shop}?allowMissing=true`, { template: template("shop/api:1") });
  const stable = project.google.run.service("shop").latestReady ?? "";
  const traffic = [{ type: byRevision, revision: stable, percent: 100 }];
  await project.finish("PATCH", shop, { template: template("shop/api:2"), traffic });
  const canary = project.google.run.service("shop").latestReady ?? "";
  return { project, stable, canary };
}

async function shares({ google }: World, requests: number): Promise<Record<string, number>> {
  const counted: Record<string, number> = {};
  for (let sent = 0; sent < requests; sent += 1) {
    const text = (await (await fetch(google.run.url("shop"))).text()).trim();
    counted[text] = (counted[text] ?? 0) + 1;
  }
  return counted;
}

describe("traffic of a Cloud Run service", () => {
  it("stays pinned when a new revision is deployed without the mask naming traffic", async () => {
    const { project } = await pinned();
    await using _ = project;

    await project.finish("PATCH", `${shop}?updateMask=template`, { template: template("shop/api:3") });

    expect(await shares(project, 5)).toEqual({ "shop/api:1": 5 });
  });

  it("is split by whole percents, request by request, and makes no revision", async () => {
    const { project, stable, canary } = await pinned();
    await using _ = project;

    await project.finish("PATCH", `${shop}?updateMask=traffic`, {
      traffic: [
        { type: byRevision, revision: stable, percent: 95 },
        { type: byRevision, revision: canary, percent: 5 },
      ],
    });

    expect(await shares(project, 100)).toEqual({ "shop/api:1": 95, "shop/api:2": 5 });
    expect(project.google.run.service("shop").revisions.size).toBe(2);
  });

  it("can be tried at 0 % by a tag, whose address says so", async () => {
    const { project, stable, canary } = await pinned();
    await using _ = project;

    await project.finish("PATCH", `${shop}?updateMask=traffic`, {
      traffic: [
        { type: byRevision, revision: stable, percent: 100 },
        { type: byRevision, revision: canary, tag: "next" },
      ],
    });
    const { body } = await project.call("GET", shop);

    expect(body["trafficStatuses"]).toEqual([
      { type: byRevision, revision: stable, percent: 100 },
      {
        type: byRevision,
        revision: canary,
        tag: "next",
        uri: expect.stringMatching(/^https:\/\/next---shop-[a-z]{10}-ew\.a\.run\.app$/),
      },
    ]);
    expect(await (await fetch(project.google.run.url("shop", "next"))).text()).toBe("shop/api:2\n");
    expect(await shares(project, 5)).toEqual({ "shop/api:1": 5 });
  });

  it("can be asked where the addresses say, when they are local", async () => {
    const { project, stable, canary } = await pinned({ run: { uris: "local" } });
    await using _ = project;
    const traffic = [
      { type: byRevision, revision: stable, percent: 100 },
      { type: byRevision, revision: canary, tag: "next" },
    ];
    await project.finish("PATCH", `${shop}?updateMask=traffic`, { traffic });

    const { body } = await project.call("GET", shop);
    const tagged = JSON.parse(JSON.stringify(body["trafficStatuses"]))[1].uri;

    expect(await (await fetch(String(body["uri"]))).text()).toBe("shop/api:1\n");
    expect(await (await fetch(tagged)).text()).toBe("shop/api:2\n");
  });

  it("ends the operation with code 13 when it names a revision there is none of, and changes nothing", async () => {
    const { project } = await pinned();
    await using _ = project;

    const operation = await project.finish("PATCH", `${shop}?updateMask=traffic`, {
      traffic: [{ type: byRevision, revision: "shop-00099-xyz", percent: 100 }],
    });
    const { body } = await project.call("GET", shop);

    expect(operation["error"]).toEqual({ code: 13, message: "Revision 'shop-00099-xyz' does not exist." });
    expect(body["terminalCondition"]).toMatchObject({ state: "CONDITION_FAILED" });
    expect(body["traffic"]).toMatchObject([{ revision: "shop-00099-xyz" }]);
    expect(await shares(project, 3)).toEqual({ "shop/api:1": 3 });
  });

  it.each([
    ["before its operation ended", 1_000, ["stable"]],
    ["before it was reported", 3_000, ["stable"]],
    ["before requests followed it", 5_500, ["canary", "stable"]],
  ])("goes nowhere once a later change has overtaken it %s", async (_, after, reported) => {
    const { project, stable, canary } = await pinned();
    await using _world = project;
    const to = (revision: string) => ({ traffic: [{ type: byRevision, revision, percent: 100 }] });
    const seen = { reported: new Set<string>(), serving: new Set<string>() };

    const { body: overtaken } = await project.call("PATCH", `${shop}?updateMask=traffic`, to(canary));
    await project.clock.advance(after);
    await project.call("PATCH", `${shop}?updateMask=traffic`, to(stable));
    for (let waited = 0; waited < 10_000; waited += 500) {
      await project.clock.advance(500);
      const { generation, observedGeneration, conditions, ...service } = project.google.run.service("shop");
      seen.reported.add(service.reported[0]?.serves === canary ? "canary" : "stable");
      for (const text of Object.keys(await shares(project, 1))) seen.serving.add(text);
      const ready = conditions.find(({ type }) => type === "Ready")?.state;
      expect(ready === "CONDITION_SUCCEEDED").toBe(generation === observedGeneration);
    }

    expect([[...seen.reported], [...seen.serving]]).toEqual([reported, ["shop/api:1"]]);
    expect(project.google.run.service("shop")).toMatchObject({
      generation: 4,
      observedGeneration: 4,
      reconciling: false,
      reported: [{ serves: stable }],
    });
    expect((await project.call("GET", `v2/${overtaken["name"]}`)).body["done"]).toBe(true);
  });

  it.each<[string, readonly object[]]>([
    ["percents that do not sum to 100", [{ type: byLatest, percent: 99 }]],
    ["a percent above 100", [{ type: byLatest, percent: 101 }]],
    ["a tag that is no label", [{ type: byLatest, percent: 100, tag: "Next" }]],
    ["a tag that is too long with the service", [{ type: byLatest, percent: 100, tag: "n".repeat(43) }]],
    [
      "one tag twice",
      [
        { type: byLatest, percent: 50, tag: "a" },
        { type: byLatest, percent: 50, tag: "a" },
      ],
    ],
    ["a revision target without revision", [{ type: byRevision, percent: 100 }]],
    ["a latest target with revision", [{ type: byLatest, revision: "shop-1", percent: 100 }]],
  ])("is refused with %s", async (_, traffic) => {
    await using project = await world();

    const answer = await project.call("PATCH", `${shop}?allowMissing=true`, {
      template: template("a"),
      traffic,
    });

    expect([answer.status, answer.body["error"]?.["status"]]).toEqual([400, "INVALID_ARGUMENT"]);
  });
});
