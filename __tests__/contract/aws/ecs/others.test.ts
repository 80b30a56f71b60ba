import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  denied,
  endOf,
  lost,
  nameOf,
  nextImage,
  release,
  reset,
  strike,
  throttle,
  unavailable,
} from "./trouble.ts";
import { cluster, type World, withImage, world } from "./world.ts";

let shop: World;
beforeEach(async () => {
  shop = await world();
  await shop.deploy({ changes: withImage("shop:9"), target: { kind: "none" } });
});
afterEach(async () => {
  expect(shop.aws.violations).toEqual([]);
  await shop.close();
});

const theirs = "shop:2";
/** Somebody deploys a revision as soon as ours is looked at. */
function superseding(members: { readonly taskDefinition: string; readonly forceNewDeployment?: true }): void {
  let looks = 0;
  shop.aws.calls.follow((call) => {
    if (call.action !== "DescribeServiceDeployments") return;
    looks += 1;
    if (looks === 2)
      void shop.aws.call("ecs", "UpdateService", { cluster, service: "shop-blue", ...members });
  });
}
const ours = () =>
  shop.aws.calls.all.filter(({ action }) => /^(UpdateService|StopServiceDeployment)$/.test(action)).length;

describe("a run that is cancelled while a deployment that took over is under way", () => {
  it("touches nothing of that", async () => {
    superseding({ taskDefinition: theirs });
    const end = await shop.deploy(
      { changes: withImage("shop:3") },
      { action: "DescribeServiceDeployments", nth: 2 },
    );
    expect(["cancelled CANCELLED", "failed DEPLOYMENT_SUPERSEDED"]).toContain(endOf(end));
    await end.post();
    await shop.time.advance(900_000);
    expect(shop.runningImages("shop-blue")).toEqual(["shop:9", "shop:9"]);
  });

  it("touches nothing of one of the same revision either", async () => {
    superseding({ taskDefinition: "shop:3", forceNewDeployment: true });
    const end = await shop.deploy(release, { action: "DescribeServiceDeployments", nth: 4 });
    const before = ours();
    await end.post();
    await shop.time.advance(900_000);
    expect(shop.runningImages("shop-blue")).toEqual([nextImage, nextImage]);
    expect(
      shop.aws.calls
        .of("ecs", "UpdateService")
        .filter(({ input }) => /shop:1$/.test(String(input["taskDefinition"]))),
    ).toEqual([]);
    expect(ours()).toBeLessThanOrEqual(before + 1);
  });
});

describe("calls beside the deployment that fail once", () => {
  const cells = [
    "TagResource",
    "UntagResource",
    "DeregisterTaskDefinition",
    "ListTaskDefinitions",
    "ListServices",
    "ListClusters",
  ].flatMap((action) =>
    [throttle, unavailable, reset, lost].map((trouble) => [action, nameOf(trouble), trouble] as const),
  );

  it.each(cells)("end deployed, and are made good: %s, %s", async (action, _name, trouble) => {
    strike(shop, action, trouble);
    const end = await shop.deploy({ changes: withImage("shop:3"), keepRevisions: 1 });
    expect(endOf(end)).toBe("deployed");
    const revisions = shop.aws.ecs.state.families.get("shop")?.revisions ?? [];
    expect(revisions.filter(({ status }) => status === "ACTIVE").map(({ revision }) => revision)).toEqual([
      1, 3,
    ]);
  });

  it("are done without where the role may not make them", async () => {
    for (const action of ["TagResource", "UntagResource", "DeregisterTaskDefinition"])
      strike(shop, action, denied);
    const end = await shop.deploy({ changes: withImage("shop:3"), keepRevisions: 1 });
    expect(endOf(end)).toBe("deployed");
    expect(end.log.join("\n")).toMatch(/Old revisions were not removed.*ecs:DeregisterTaskDefinition/);
  });
});
