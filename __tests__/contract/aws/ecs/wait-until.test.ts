import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { DeployRequest } from "#ship/aws";
import type { JsonObject } from "#ship/simulators";
import { denied, endOf, nextImage, release, strike } from "./trouble.ts";
import { cluster, firstImage, serviceTarget, type World, world } from "./world.ts";

let shop: World;
beforeEach(async () => {
  shop = await world();
});
afterEach(async () => {
  expect(shop.aws.violations).toEqual([]);
  await shop.close();
});

/** Makes `shop-blue` a service whose traffic Amazon ECS shifts itself, and lets that settle. */
async function shifting(deploymentConfiguration: JsonObject): Promise<void> {
  const [targetGroupArn, alternateTargetGroupArn] = shop.weights().keys();
  await shop.aws.call("ecs", "DeleteService", { cluster, service: "shop-green", force: true });
  await shop.aws.call("ecs", "UpdateService", {
    cluster,
    service: "shop-blue",
    deploymentConfiguration: { strategy: "BLUE_GREEN", bakeTimeInMinutes: 10 },
    loadBalancers: [
      {
        targetGroupArn: String(targetGroupArn),
        containerName: "api",
        containerPort: 3000,
        advancedConfiguration: {
          alternateTargetGroupArn: String(alternateTargetGroupArn),
          productionListenerRule: shop.rule,
          roleArn: "arn:aws:iam::123456789012:role/ecs-load-balancers",
        },
      },
    ],
  });
  await shop.time.advance(3_600_000);
  await shop.aws.call("ecs", "UpdateService", { cluster, service: "shop-blue", deploymentConfiguration });
}
const until = (stage: string): Partial<DeployRequest> => ({
  ...release,
  waitUntil: { kind: "stage", stage },
});
const pausing = (stage: string): JsonObject => ({
  lifecycleHooks: [{ targetType: "PAUSE", lifecycleStages: [stage] }],
});
async function newest(): Promise<JsonObject> {
  const { serviceDeployments } = await shop.aws.call("ecs", "ListServiceDeployments", {
    cluster,
    service: "shop-blue",
  });
  const [{ serviceDeploymentArn } = {}] = serviceDeployments as JsonObject[];
  const answer = await shop.aws.call("ecs", "DescribeServiceDeployments", {
    serviceDeploymentArns: [String(serviceDeploymentArn)],
  });
  return (answer["serviceDeployments"] as JsonObject[])[0] ?? {};
}

describe("a wait until the bake time", () => {
  it("ends deployed while the old revision still stands by", async () => {
    await shifting({});
    const begun = shop.time.now();
    const end = await shop.deploy(until("BAKE_TIME"));
    expect(endOf(end)).toBe("deployed");
    expect(end.outputs).toMatchObject({
      "lifecycle-stage": "BAKE_TIME",
      "service-deployment-arn": expect.stringContaining(":service-deployment/"),
    });
    expect(await newest()).toMatchObject({ status: "IN_PROGRESS", lifecycleStage: "BAKE_TIME" });
    expect(shop.time.now() - begun).toBeLessThan(600_000);
  });

  it("is a wait for the end where the deployment is a rolling one", async () => {
    const end = await shop.deploy(until("BAKE_TIME"));
    expect(endOf(end)).toBe("deployed");
    expect(await newest()).toMatchObject({ status: "SUCCESSFUL" });
    expect(shop.runningImages("shop-blue")).toEqual([nextImage, nextImage]);
  });

  it("is a wait for the end, and said to be, where service deployments are denied", async () => {
    await shifting({});
    for (const action of ["ListServiceDeployments", "DescribeServiceDeployments"])
      strike(shop, action, denied);
    const end = await shop.deploy(until("BAKE_TIME"));
    expect(endOf(end)).toBe("deployed");
    expect(end.log.join("\n")).toMatch(/Whether BAKE_TIME is reached cannot be seen/);
  });

  it("ends rolled back when the release fails before", async () => {
    await shifting({});
    shop.runtime.script(nextImage, { does: "exits", afterMs: 1_000, code: 3 });
    expect(endOf(await shop.deploy(until("BAKE_TIME")))).toBe("rolled-back DEPLOYMENT_ROLLED_BACK");
  });
});

describe("a PAUSE hook", () => {
  it("that waits at the stage counts as the stage reached", async () => {
    await shifting(pausing("POST_TEST_TRAFFIC_SHIFT"));
    const end = await shop.deploy(until("POST_TEST_TRAFFIC_SHIFT"));
    expect(endOf(end)).toBe("deployed");
    expect(end.outputs).toMatchObject({
      "lifecycle-stage": "POST_TEST_TRAFFIC_SHIFT",
      "hook-id": expect.any(String),
    });
    const { lifecycleHookDetails } = await newest();
    expect((lifecycleHookDetails as JsonObject[])[0]).toMatchObject({
      hookId: end.outputs["hook-id"],
      status: "AWAITING_ACTION",
    });
  });

  it("is said to wait, and waited for, until somebody answers", async () => {
    await shifting(pausing("POST_SCALE_UP"));
    const service = [...shop.aws.ecs.state.services.values()].find(({ name }) => name === "shop-blue");
    let looks = 0;
    shop.aws.calls.follow((call) => {
      const deployment = service?.serviceDeployments[0];
      const hook = deployment?.hooks.find(({ status }) => status === "AWAITING_ACTION");
      if (call.action !== "DescribeServiceDeployments" || !deployment || !hook) return;
      looks += 1;
      if (looks === 5)
        void shop.aws.call("ecs", "ContinueServiceDeployment", {
          serviceDeploymentArn: deployment.arn,
          hookId: hook.id,
        });
    });
    const end = await shop.deploy({ ...release, waiting: { every: 5_000, timeout: 1_200_000 } });
    expect(end.log.join("\n")).toMatch(
      /waits at POST_SCALE_UP for an answer to its PAUSE hook .*ContinueServiceDeployment.*ROLLBACK in 2\d h/,
    );
    expect(end.log.filter((line) => line.includes("PAUSE hook"))).toHaveLength(1);
    expect(endOf(end)).toBe("deployed");
  });

  it("that nobody answers within the time is named, and the release goes back", async () => {
    await shifting(pausing("POST_SCALE_UP"));
    const end = await shop.deploy({ ...release, waiting: { every: 5_000, timeout: 600_000 } });
    expect(endOf(end)).toBe("rolled-back DEPLOYMENT_ROLLED_BACK");
    expect(end.outcome.failure?.message).toMatch(
      /10 min; last seen: IN_PROGRESS · POST_SCALE_UP .*waiting for an answer to hook/,
    );
    await shop.time.advance(900_000);
    expect(shop.runningImages("shop-blue")).toEqual([firstImage, firstImage]);
  });
});

describe("a native strategy that is asked for", () => {
  it.each([
    [
      {
        strategy: "CANARY",
        canaryConfiguration: { canaryPercent: 10, canaryBakeTimeInMinutes: 2 },
        bakeTimeInMinutes: 1,
      },
    ],
    [
      {
        strategy: "LINEAR",
        linearConfiguration: { stepPercent: 50, stepBakeTimeInMinutes: 1 },
        bakeTimeInMinutes: 1,
      },
    ],
    [{ strategy: "ROLLING" }],
  ])("is what the release goes out by: %j", async (configuration) => {
    await shifting({});
    const end = await shop.deploy({ ...release, target: serviceTarget({ configuration }) });
    expect(endOf(end)).toBe("deployed");
    expect(shop.aws.calls.of("ecs", "UpdateService").at(-1)?.input["deploymentConfiguration"]).toMatchObject(
      configuration,
    );
    expect((await newest())["deploymentConfiguration"]).toMatchObject(configuration);
  });
});
