import { afterEach, describe, expect, it } from "@jest/globals";
import { bringBack } from "#ship/delivery";
import { minute, type World, world } from "./world.ts";

const byName = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION";
const latest = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST";
let shop: World;
const start = async (...options: Parameters<typeof world>) => {
  shop = await world(...options);
  return shop;
};
afterEach(async () => {
  await shop.google.close();
  expect(shop.google.violations).toEqual([]);
});

const crash = (name: string) => {
  const revision = shop.google.run.service("shop").revisions.get(name);
  if (!revision) throw new Error(`There is no ${name}.`);
  revision.state = {
    is: "failed",
    condition: "ContainerHealthy",
    code: 9,
    message: "The container crashed.",
  };
};

describe("a split of a Cloud Run service", () => {
  it("is read with both revisions, and where the candidate answers without traffic", async () => {
    await start();
    const { target } = await shop.open();
    const state = await target.inspect();
    expect(state).toMatchObject({
      split: { canary: 0 },
      stable: { name: "shop-1" },
      canary: { name: "shop-2", release: "shop-2" },
      warnings: [],
    });
    const answer = await fetch(state.canary.address ?? "");
    expect(await answer.text()).toContain("shop-2");
  });

  it.each([
    [0.05, { "shop-1": 95, "shop-2": 5 }],
    [0.5, { "shop-1": 50, "shop-2": 50 }],
    [1, { "shop-2": 100 }],
  ])("moves to %p, and stays with what serves until that is in force", async (canary, wanted) => {
    await start();
    const { target } = await shop.open();
    await target.route({ canary });
    expect(await shop.traffic()).toEqual({ ...wanted, "#green": "shop-2" });
    expect((await shop.get())["trafficStatuses"]).toEqual(
      expect.arrayContaining(
        Object.entries(wanted).map(([revision, percent]) => ({ type: byName, revision, percent })),
      ),
    );
    expect((await target.inspect()).split).toEqual({ canary });
  });

  it("writes nothing but the traffic and a note of it: no template, so no new revision", async () => {
    await start();
    const { target } = await shop.open();
    await target.route({ canary: 0.25 });
    await target.route({ canary: 0.25 });
    const [write, ...more] = shop.writes();
    expect(more).toEqual([]);
    expect(write).toMatchObject({ updateMask: "traffic,annotations", etag: expect.any(String) });
    expect(write).not.toHaveProperty("template");
    expect((await shop.get())["latestCreatedRevision"]).toMatch(/shop-2$/);
  });

  it("keeps the tags of others, and takes traffic off the latest revision for good", async () => {
    await start();
    await shop.patch("traffic", {
      traffic: [
        { type: byName, revision: "shop-1", percent: 60, tag: "blue" },
        { type: byName, revision: "shop-1", percent: 40 },
        { type: latest, tag: "next" },
      ],
    });
    const { target } = await shop.open("next");
    await target.route({ canary: 0.1 });
    expect(await shop.traffic()).toEqual({
      "shop-1": 90,
      "shop-2": 10,
      "#blue": "shop-1",
      "#next": "LATEST",
    });
  });

  it("binds a service that follows the latest revision to names, and says so", async () => {
    await start();
    await shop.patch("traffic", { traffic: [{ type: latest, percent: 100 }] });
    const { target } = await shop.open("shop-1");
    expect((await target.inspect()).warnings).toEqual([
      expect.stringContaining("whichever revision is the latest"),
    ]);
    await target.route({ canary: 0 });
    expect(await shop.traffic()).toEqual({ "shop-2": 100 });
  });

  it("is refused when a third revision serves, or the candidate is none", async () => {
    await start();
    await shop.patch("traffic", {
      traffic: [
        { type: byName, revision: "shop-1", percent: 50 },
        { type: byName, revision: "shop-2", percent: 50 },
      ],
    });
    const unknown = await shop.open("shop-9");
    await expect(unknown.target.inspect()).rejects.toMatchObject({ code: "TARGET_AMBIGUOUS" });
    await shop.patch("traffic", { traffic: [{ type: byName, revision: "shop-1", percent: 100 }] });
    await expect((await shop.open("shop-9")).target.inspect()).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("finds the stable revision again when the candidate has everything", async () => {
    await start();
    await (await shop.open()).target.route({ canary: 1 });
    const later = await shop.open();
    expect(await later.target.inspect()).toMatchObject({
      split: { canary: 1 },
      stable: { name: "shop-1" },
      canary: { name: "shop-2" },
    });
    await bringBack(later.target, { clock: shop.clock, budget: 60_000 });
    expect(await shop.traffic()).toEqual({ "shop-1": 100, "#green": "shop-2" });
  });
});

describe("a write that meets others", () => {
  it("is refused when somebody else has moved the traffic", async () => {
    await start();
    const { target } = await shop.open();
    await target.route({ canary: 0.25 });
    await shop.patch("traffic", {
      traffic: [
        { type: byName, revision: "shop-1", percent: 90 },
        { type: byName, revision: "shop-2", percent: 10 },
      ],
    });
    await expect(target.route({ canary: 0.5 })).rejects.toMatchObject({
      code: "TRAFFIC_DRIFTED",
      message: expect.stringContaining(
        "serves 90 % shop-1, 10 % shop-2, but this rollout left it at 75 % shop-1, 25 % shop-2",
      ),
    });
    expect(await shop.traffic()).toEqual({ "shop-1": 90, "shop-2": 10 });
  });

  it.each([409, 412] as const)("reads again after %d, and writes onto the newest state", async (status) => {
    await start();
    const { target } = await shop.open();
    await target.inspect();
    shop.google.faults.add({ action: "services.patch", times: 2, fault: { kind: "conflict", status } });
    await target.route({ canary: 0.05 });
    expect(await shop.traffic()).toEqual({ "shop-1": 95, "shop-2": 5, "#green": "shop-2" });
  });

  it("takes its own write for done when only the answer was lost", async () => {
    await start();
    const { target } = await shop.open();
    await target.inspect();
    shop.google.faults.add({ action: "services.patch", nth: 1, fault: { kind: "lost-answer" } });
    await target.route({ canary: 0.05 });
    expect(shop.writes()).toHaveLength(1);
    expect(await shop.traffic()).toEqual({ "shop-1": 95, "shop-2": 5, "#green": "shop-2" });
  });

  it("waits as long as it is told to, and tries again after an outage", async () => {
    await start();
    const { target } = await shop.open();
    await target.inspect();
    const before = shop.clock.now();
    shop.google.faults.add({
      action: "services.patch",
      nth: 1,
      fault: { kind: "throttle", retryAfterSeconds: 7 },
    });
    shop.google.faults.add({ action: "services.get", times: 2, fault: { kind: "server-error" } });
    await target.route({ canary: 0.05 });
    expect(shop.clock.now() - before).toBeGreaterThanOrEqual(7_000);
    expect(await shop.traffic()).toMatchObject({ "shop-2": 5 });
  });

  it("is not tried again when it is denied, and names the permission", async () => {
    await start();
    const { target } = await shop.open();
    await target.inspect();
    shop.google.deniedPermissions.add("run.services.update");
    await expect(target.route({ canary: 0.05 })).rejects.toMatchObject({
      code: "ACCESS_DENIED",
      message: expect.stringMatching(
        /^run\.services\.update answered PERMISSION_DENIED: .*run\.services\.update/,
      ),
      hint: "Allow run.services.update for the identity of this job.",
    });
    expect(shop.google.calls.of("run", "services.patch").slice(1)).toHaveLength(1);
  });

  it("says why Cloud Run could not carry it out", async () => {
    await start();
    const { target } = await shop.open();
    await target.inspect();
    crash("shop-2");
    await expect(target.route({ canary: 0.05 })).rejects.toMatchObject({
      code: "TRAFFIC_NOT_APPLIED",
      message: expect.stringMatching(/was given 95 % shop-1, 5 % shop-2, but .*The container crashed/),
    });
  });
});

describe("an odd world", () => {
  const third = async () => {
    await shop.patch("template,traffic", {
      template: {
        revision: "shop-3",
        containers: [
          { image: "europe-docker.pkg.dev/acme-shop/shop/shop-3", ports: [{ containerPort: 8080 }] },
        ],
      },
      traffic: [
        { type: byName, revision: "shop-1", percent: 100 },
        { type: byName, revision: "shop-2", tag: "green" },
        { type: byName, revision: "shop-3", tag: "next" },
      ],
    });
  };

  it("has a third revision with a tag and no traffic, which stays where it is there and back", async () => {
    await start();
    await third();
    const { target } = await shop.open();
    await target.route({ canary: 0.25 });
    const tags = { "#green": "shop-2", "#next": "shop-3" };
    expect(await shop.traffic()).toEqual({ "shop-1": 75, "shop-2": 25, ...tags });
    await target.restore();
    expect(await shop.traffic()).toEqual({ "shop-1": 100, ...tags });
  });

  it("has two revisions that serve before the start: the candidate's share is told, and any other is refused", async () => {
    await start();
    await third();
    await shop.patch("traffic", {
      traffic: [
        { type: byName, revision: "shop-1", percent: 70 },
        { type: byName, revision: "shop-2", percent: 30, tag: "green" },
        { type: byName, revision: "shop-3", tag: "next" },
      ],
    });
    expect((await (await shop.open()).target.inspect()).split).toEqual({ canary: 0.3 });
    await expect((await shop.open("next")).target.route({ canary: 0.05 })).rejects.toMatchObject({
      code: "TARGET_AMBIGUOUS",
      message: expect.stringContaining("serves from shop-1, shop-2 besides the candidate shop-3"),
    });
    expect(shop.writes().slice(2)).toEqual([]);
  });

  it("loses the candidate in the middle: the operation ends with code 13 and its words are told", async () => {
    await start();
    await third();
    const { target } = await shop.open();
    await target.inspect();
    await shop.patch("traffic", { traffic: [{ type: byName, revision: "shop-1", percent: 100 }] });
    shop.google.run.service("shop").revisions.delete("shop-2");
    await expect(target.route({ canary: 0.05 })).rejects.toMatchObject({
      code: "TRAFFIC_NOT_APPLIED",
      message: expect.stringContaining("'shop-2' does not exist"),
    });
    expect(shop.google.run.operations.at(-1)?.outcome).toMatchObject({ error: { code: 13 } });
    await target.restore();
    expect(await shop.traffic()).toMatchObject({ "shop-1": 100 });
  });

  it("takes the token away in the middle: a new one is had, and a write is made once", async () => {
    await start();
    const { target } = await shop.open();
    await target.inspect();
    shop.google.faults.add({ action: "services.patch", nth: 1, fault: { kind: "expired-token" } });
    await target.route({ canary: 0.05 });
    shop.google.faults.add({ action: "operations.get", nth: 1, fault: { kind: "expired-token" } });
    await target.route({ canary: 0.25 });
    shop.google.faults.add({ action: "services.patch", nth: 1, fault: { kind: "expired-token" } });
    await target.restore();
    expect(shop.writes()).toHaveLength(3);
    expect(await shop.traffic()).toEqual({ "shop-1": 100, "#green": "shop-2" });
  });

  it("accepts no token at all: nothing is written, and the credentials are named", async () => {
    await start();
    const { target } = await shop.open();
    await target.inspect();
    shop.google.faults.add({ action: "services.patch", times: 2, fault: { kind: "expired-token" } });
    await expect(target.route({ canary: 0.05 })).rejects.toMatchObject({ code: "CREDENTIALS_INVALID" });
    expect(shop.writes()).toEqual([]);
  });

  it("throttles the write that brings traffic back for 3 s: it is made again within its budget, and arrives", async () => {
    await start();
    const { target } = await shop.open();
    await target.route({ canary: 0.5 });
    shop.google.faults.add({
      action: "services.patch",
      nth: 1,
      fault: { kind: "throttle", retryAfterSeconds: 3 },
    });
    expect(await bringBack(target, { clock: shop.clock, budget: 60_000 })).toMatchObject({ share: 0 });
    expect(await shop.traffic()).toEqual({ "shop-1": 100, "#green": "shop-2" });
  });
});

describe("bringing the traffic back", () => {
  it("is one write without an etag, which wins over what was written meanwhile", async () => {
    await start();
    const { target } = await shop.open();
    await target.route({ canary: 0.5 });
    await shop.patch("annotations", { annotations: { team: "shop" } });
    const before = shop.google.calls.all.length;
    await target.restore();
    expect(shop.google.calls.all.slice(before).map(({ action }) => action)).toEqual(["services.patch"]);
    expect(shop.writes().at(-1)).not.toHaveProperty("etag");
    expect(await shop.traffic()).toEqual({ "shop-1": 100, "#green": "shop-2" });
  });

  it("is told from having arrived", async () => {
    await start({ run: { pace: { convergence: 30_000 } } });
    const { target } = await shop.open();
    await target.route({ canary: 0.5 });
    await target.restore();
    expect(await target.inspect()).toMatchObject({ split: { canary: 0 }, motion: "back" });
    const brought = await bringBack(target, { clock: shop.clock, budget: 120_000 });
    expect(brought).toEqual({ share: 0, isAtRest: true });
    expect(await target.inspect()).not.toHaveProperty("motion");
  });

  it("gets through an outage, and is never sent twice at once", async () => {
    await start();
    const { target } = await shop.open();
    await target.route({ canary: 0.5 });
    shop.google.faults.add({ action: "services.patch", times: 3, fault: { kind: "server-error" } });
    await bringBack(target, { clock: shop.clock, budget: 60_000 });
    expect(await shop.traffic()).toEqual({ "shop-1": 100, "#green": "shop-2" });
  });

  it("can be done by hand", async () => {
    await start();
    const { target } = await shop.open();
    expect(target.restoreByHand()).toContain("never read");
    await target.inspect();
    expect(target.restoreByHand()).toBe(
      "gcloud run services update-traffic shop --project acme-shop --region europe-west1 --to-revisions shop-1=100",
    );
  });
});

describe("the capacity of a candidate", () => {
  it("is there when its revision is ready, and is denied in Cloud Run's words", async () => {
    await start();
    const { target } = await shop.open();
    const { canary } = await target.inspect();
    expect(await target.health(canary)).toEqual({ healthy: 1, registered: 1, reasons: [] });
    crash("shop-2");
    expect(await target.health(canary)).toMatchObject({
      healthy: 0,
      reasons: expect.arrayContaining([expect.stringContaining("The container crashed.")]),
    });
  });

  it("is its share of the instances kept for stable from 25 % on, and given back with the traffic", async () => {
    await start({}, { stable: { scaling: { minInstanceCount: 4 } } });
    const kept = async () => (await shop.get())["scaling"];
    const { target } = await shop.open();
    await target.route({ canary: 0.05 });
    expect(await kept()).toBeUndefined();
    await target.route({ canary: 0.25 });
    expect(await kept()).toEqual({ minInstanceCount: 4 });
    const later = await shop.open();
    await later.target.inspect();
    await later.target.restore();
    expect(await kept()).toEqual({ minInstanceCount: 0 });
  });

  it("is given back in the write with which the candidate gets everything", async () => {
    await start({}, { stable: { scaling: { minInstanceCount: 4 } } });
    const { target } = await shop.open();
    await target.route({ canary: 0.5 });
    expect((await shop.get())["scaling"]).toEqual({ minInstanceCount: 4 });
    await target.route({ canary: 1 });
    expect((await shop.get())["scaling"]).toEqual({ minInstanceCount: 0 });
    expect(shop.writes()).toHaveLength(2);
  });

  it("is given back by a timer that was set before it was taken", async () => {
    await start({}, { stable: { scaling: { minInstanceCount: 4 } } });
    const { target, deadMan } = await shop.open();
    await target.inspect();
    await deadMan(shop.google.serviceAccount).arm(shop.clock.now() + 10 * minute);
    await target.route({ canary: 0.5 });
    await shop.advance(12 * minute);
    expect((await shop.get())["scaling"]).toEqual({ minInstanceCount: 0 });
  });

  it("is left alone where the service keeps as many by the wish of others", async () => {
    await start({}, { stable: { scaling: { minInstanceCount: 4 } } });
    const { target } = await shop.open();
    await target.route({ canary: 0.5 });
    await target.restore();
    await shop.patch("scaling", { scaling: { minInstanceCount: 4 } });
    const later = await shop.open();
    await later.target.route({ canary: 0.5 });
    await later.target.route({ canary: 1 });
    expect((await shop.get())["scaling"]).toEqual({ minInstanceCount: 4 });
  });

  it("is not taken from a revision that serves", async () => {
    await start();
    const { target } = await shop.open();
    const { stable } = await target.inspect();
    await expect(target.retire(stable)).rejects.toMatchObject({ code: "TRAFFIC_DRIFTED" });
  });

  it("is warned of where visitors stick to a revision", async () => {
    await start({}, { stable: { sessionAffinity: true } });
    const { target } = await shop.open();
    expect((await target.inspect()).warnings).toEqual([expect.stringContaining("session affinity")]);
  });
});
