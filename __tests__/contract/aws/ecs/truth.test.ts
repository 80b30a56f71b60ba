import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { JsonObject } from "#ship/simulators";
import { denied, endOf, expectServing, isStable, nextImage, release, strike } from "./trouble.ts";
import { cluster, definition, firstImage, serviceTarget, type World, withImage, world } from "./world.ts";

let shop: World;
beforeEach(async () => {
  shop = await world();
});
afterEach(async () => {
  expect(shop.aws.violations).toEqual([]);
  await shop.close();
});

const address = { cluster, service: "shop-blue" };
const crash = (image = nextImage) => shop.runtime.script(image, { does: "exits", afterMs: 1_000, code: 3 });
/** Somebody else's doing, at the first answer to our call of `action`. */
function meanwhile(action: string, doing: () => Promise<unknown>): void {
  const unfollow = shop.aws.calls.follow((call) => {
    if (call.action !== action) return;
    unfollow();
    void doing();
  });
}
const update = (members: JsonObject) => shop.aws.call("ecs", "UpdateService", { ...address, ...members });
const tags = async () => {
  const { services } = await shop.aws.call("ecs", "DescribeServices", {
    cluster,
    services: ["shop-blue"],
    include: ["TAGS"],
  });
  return (services as JsonObject[])[0]?.["tags"] ?? [];
};
const forbidHistory = () => {
  for (const action of ["ListServiceDeployments", "DescribeServiceDeployments", "StopServiceDeployment"])
    strike(shop, action, denied);
};

describe("somebody who rolls back by hand", () => {
  it("with StopServiceDeployment makes it a rollback, once the old revision serves", async () => {
    meanwhile("DescribeServiceDeployments", async () => {
      const { serviceDeployments } = await shop.aws.call("ecs", "ListServiceDeployments", address);
      const serviceDeploymentArn = (serviceDeployments as JsonObject[])[0]?.["serviceDeploymentArn"];
      await shop.aws.call("ecs", "StopServiceDeployment", { serviceDeploymentArn, stopType: "ROLLBACK" });
    });
    expect(endOf(await shop.deploy(release))).toBe("rolled-back DEPLOYMENT_ROLLED_BACK");
    await expectServing(shop, firstImage);
  });

  it("with UpdateService has superseded ours, and is left alone", async () => {
    meanwhile("DescribeServiceDeployments", () => update({ taskDefinition: "shop:1" }));
    const { outcome } = await shop.deploy(release);
    expect(outcome.failure?.code).toBe("DEPLOYMENT_SUPERSEDED");
    expect(shop.aws.calls.of("ecs", "StopServiceDeployment")).toHaveLength(0);
    expect(await tags()).toEqual([]);
    await expectServing(shop, firstImage);
  });

  it.each(["RegisterTaskDefinition", "TagResource", "UpdateService"])(
    "leaves no mark of a run that was cancelled at %s",
    async (action) => {
      const end = await shop.deploy(release, { action, nth: 1 });
      await end.post();
      expect(await tags()).toEqual([]);
      await expectServing(shop, firstImage);
    },
  );

  it("leaves no mark of a run whose update was refused", async () => {
    strike(shop, "UpdateService", denied);
    expect(endOf(await shop.deploy(release))).toBe("failed ACCESS_DENIED");
    expect(await tags()).toEqual([]);
  });

  it("is seen by rollout states, too", async () => {
    forbidHistory();
    meanwhile("ListServiceDeployments", async () => {});
    const from = shop.time.now();
    const unfollow = shop.aws.calls.follow((call) => {
      if (call.action !== "DescribeServices" || shop.time.now() - from < 20_000) return;
      unfollow();
      void update({ taskDefinition: "shop:1" });
    });
    expect(endOf(await shop.deploy(release))).toBe("rolled-back DEPLOYMENT_ROLLED_BACK");
    await expectServing(shop, firstImage);
  });
});

describe("a service that is deleted meanwhile", () => {
  it("is said to be deleted, and nothing is tried on it", async () => {
    meanwhile("DescribeServiceDeployments", () =>
      shop.aws.call("ecs", "DeleteService", { ...address, force: true }),
    );
    const end = await shop.deploy(release);
    expect(endOf(end)).toBe("failed NOT_FOUND");
    expect(end.outcome.failure?.message).toMatch(/shop-blue (is being|was) deleted/);
    expect(shop.aws.calls.of("ecs", "UpdateService")).toHaveLength(1);
    expect(end.state.get("recovery")).toBe("");
  });

  it("is a mistake before anything is written when it was deleted before", async () => {
    await shop.aws.call("ecs", "DeleteService", { ...address, force: true });
    const end = await shop.deploy(release);
    expect(endOf(end)).toBe("failed NOT_FOUND");
    expect(end.outcome.failure?.message).toContain("is being deleted");
    expect(shop.aws.calls.of("ecs", "RegisterTaskDefinition")).toHaveLength(0);
  });
});

describe("the number of tasks", () => {
  it("that autoscaling changes meanwhile is the one that is waited for and said", async () => {
    meanwhile("DescribeServiceDeployments", () => update({ desiredCount: 4 }));
    const end = await shop.deploy(release);
    expect(endOf(end)).toBe("deployed");
    expect(shop.runningImages("shop-blue")).toHaveLength(4);
    expect(end.log.join("\n")).toContain("4 tasks run shop:2");
    expect(await isStable(shop)).toBe(true);
  });

  it("that autoscaling changes meanwhile stays when the release goes back", async () => {
    crash();
    meanwhile("DescribeServiceDeployments", () => update({ desiredCount: 4 }));
    expect(endOf(await shop.deploy(release))).toBe("rolled-back DEPLOYMENT_ROLLED_BACK");
    expect(shop.runningImages("shop-blue")).toEqual(Array(4).fill(firstImage));
  });

  it.each([1, 0])("that is asked for alone is reached before it is said: %i", async (desired) => {
    const end = await shop.deploy({ target: serviceTarget({ desired }) });
    expect(endOf(end)).toBe("deployed");
    expect(shop.runningImages("shop-blue")).toHaveLength(desired);
    expect(await isStable(shop)).toBe(true);
  });

  it("0 is deployed to, and said to run nothing", async () => {
    await update({ desiredCount: 0 });
    await shop.time.advance(600_000);
    const end = await shop.deploy(release);
    expect(endOf(end)).toBe("deployed");
    expect(end.outcome.summary).toContain("nothing runs");
    expect(await isStable(shop)).toBe(true);
  });
});

describe("a history that lags five seconds behind", () => {
  beforeEach(async () => {
    await shop.close();
    shop = await world({ consistencyDelay: 5_000 });
  });

  it("is waited for", async () => {
    const end = await shop.deploy(release);
    expect(endOf(end)).toBe("deployed");
    expect(end.outputs["service-deployment-arn"]).toContain(":service-deployment/");
    expect(await isStable(shop)).toBe(true);
  });

  it("does not pass an earlier success of a revision off as the one under way", async () => {
    await shop.deploy(release);
    await shop.deploy({ changes: withImage("shop:3") });
    await shop.time.advance(10_000);
    await update({ taskDefinition: "shop:2" });
    const end = await shop.deploy({ taskDefinition: "shop:2" });
    expect(endOf(end)).toBe("deployed");
    expect(shop.runningImages("shop-blue")).toEqual([nextImage, nextImage]);
    expect(await isStable(shop)).toBe(true);
  });

  it("does not hide a crash", async () => {
    crash();
    expect(endOf(await shop.deploy(release))).toBe("rolled-back DEPLOYMENT_ROLLED_BACK");
    await expectServing(shop, firstImage);
  });
});

describe("what served before", () => {
  it("is the revision from before a failed deployment", async () => {
    crash();
    const left = await shop.deploy({ ...release, rollback: { onFailure: false, onCancel: true } });
    expect(endOf(left)).toBe("failed DEPLOYMENT_FAILED");
    crash("shop:3");
    const end = await shop.deploy({ changes: withImage("shop:3") });
    expect(endOf(end)).toBe("rolled-back DEPLOYMENT_ROLLED_BACK");
    expect(end.outputs["previous-task-definition-arn"]).toMatch(/shop:1$/);
    await expectServing(shop, firstImage);
  });

  it("is nothing at a service's first release, which is said without waiting for it", async () => {
    crash(firstImage);
    const { services } = await shop.aws.call("ecs", "DescribeServices", { cluster, services: ["shop-blue"] });
    const [{ networkConfiguration } = {}] = services as JsonObject[];
    await shop.aws.call("ecs", "CreateService", {
      cluster,
      serviceName: "shop-new",
      taskDefinition: "shop:1",
      desiredCount: 1,
      launchType: "FARGATE",
      ...(networkConfiguration === undefined ? {} : { networkConfiguration }),
    });
    await shop.time.advance(60_000);
    crash();
    const begun = shop.time.now();
    const end = await shop.deploy({ ...release, target: serviceTarget({}, "shop-new") });
    expect(endOf(end)).toBe("failed UNDO_INCOMPLETE");
    expect(end.outcome.failure?.message).toMatch(/exit code 3.* no earlier revision that served/);
    expect(shop.time.now() - begun).toBeLessThan(300_000);
  });

  it("serves again by ECS's own rollback though its definition is INACTIVE", async () => {
    await shop.aws.call("ecs", "DeregisterTaskDefinition", { taskDefinition: "shop:1" });
    crash();
    expect(endOf(await shop.deploy(release))).toBe("rolled-back DEPLOYMENT_ROLLED_BACK");
    await expectServing(shop, firstImage);
  });

  it("is said to be out of reach when it is INACTIVE and only UpdateService is left", async () => {
    await shop.aws.call("ecs", "DeregisterTaskDefinition", { taskDefinition: "shop:1" });
    strike(shop, "StopServiceDeployment", denied);
    crash();
    const end = await shop.deploy(release);
    expect(endOf(end)).toBe("failed UNDO_INCOMPLETE");
    expect(end.outcome.failure?.message).toContain("TaskDefinition is inactive");
  });
});

describe("a task of ten containers", () => {
  const names = Array.from({ length: 10 }, (_, index) => `part-${index}`);
  const large = (image: string) =>
    definition(image, {
      containerDefinitions: names.map((name) => ({
        name: name === "part-0" ? "api" : name,
        image: name === "part-7" ? image : `${name}:1`,
        essential: true,
        portMappings: name === "part-0" ? [{ containerPort: 3000 }] : [],
        logConfiguration: {
          logDriver: "awslogs",
          options: { "awslogs-group": "/ecs/gone", "awslogs-stream-prefix": "ecs" },
        },
      })),
    });

  it("fails by the name of the one that stopped, also when its log group is missing", async () => {
    shop.write("large.json", JSON.stringify(large("bad:1")));
    shop.runtime.script("bad:1", { does: "exits", afterMs: 1_000, code: 9 });
    const end = await shop.deploy({ taskDefinition: "large.json" });
    expect(endOf(end)).toBe("rolled-back DEPLOYMENT_ROLLED_BACK");
    expect(end.outcome.failure?.message).toContain("part-7: exit code 9");
    expect(end.outcome.failure?.details.join("\n")).toMatch(
      /container part-7[\s\S]*could not be read: .*NotFound/,
    );
  });
});

describe("a service behind two target groups", () => {
  it("is explained by the unhealthy targets of both", async () => {
    const { TargetGroups } = await shop.aws.call("elbv2", "DescribeTargetGroups", {});
    const loadBalancers = (TargetGroups as JsonObject[]).map((group) => ({
      targetGroupArn: group["TargetGroupArn"],
      containerName: "api",
      containerPort: 3000,
    })) as JsonObject[];
    await update({ loadBalancers });
    await shop.time.advance(600_000);
    shop.runtime.script(nextImage, { does: "unhealthy" });
    await update({ healthCheckGracePeriodSeconds: 3_600 });
    const end = await shop.deploy({ ...release, waiting: { every: 5_000, timeout: 120_000 } });
    expect(endOf(end)).toBe("rolled-back DEPLOYMENT_ROLLED_BACK");
    const unhealthy = end.outcome.failure?.details.filter((line) => /unhealthy/.test(line)) ?? [];
    expect(unhealthy.length).toBeGreaterThanOrEqual(4);
  });
});

describe("an image by digest", () => {
  it("is deployed as it stands, and is the same when asked for again", async () => {
    const image = `registry.example/shop@sha256:${"a".repeat(64)}`;
    expect(endOf(await shop.deploy({ changes: withImage(image) }))).toBe("deployed");
    expect(shop.runningImages("shop-blue")).toEqual([image, image]);
    expect(endOf(await shop.deploy({ changes: withImage(image) }))).toBe("unchanged");
  });
});

describe("variables with odd values", () => {
  it("arrive as they were given, and are the same when given again", async () => {
    const variables = { EMPTY: "", URL: "a=b=c", constructor: "own", BLANK: " x " };
    const changes = { containers: new Map([["api", { environment: variables }]]) };
    expect(endOf(await shop.deploy({ changes }))).toBe("deployed");
    const [sent] = shop.aws.calls.of("ecs", "RegisterTaskDefinition");
    const environment = [
      { name: "PORT", value: "3000" },
      ...Object.entries(variables).map(([name, value]) => ({ name, value })),
    ];
    expect(sent?.input).toMatchObject({ containerDefinitions: [{ environment }] });
    expect(endOf(await shop.deploy({ changes }))).toBe("unchanged");
  });
});

describe("settings beside the definition", () => {
  it("go back with the number of tasks that was asked for", async () => {
    crash();
    const end = await shop.deploy({ ...release, target: serviceTarget({ desired: 5 }) });
    expect(endOf(end)).toBe("rolled-back DEPLOYMENT_ROLLED_BACK");
    await expectServing(shop, firstImage);
  });
});
