import { describe, expect, it } from "@jest/globals";
import type { HookEvent } from "../../../../packages/simulators/src/ecs/index.ts";
import type { JsonObject } from "../../../../packages/simulators/src/service.ts";
import { BLUE, fargateService, GREEN, PRODUCTION, TEST, type World, world } from "./world.ts";

const LAMBDA = "arn:aws:lambda:eu-west-1:123456789012:function:check";
const advanced = {
  alternateTargetGroupArn: GREEN,
  productionListenerRule: PRODUCTION,
  testListenerRule: TEST,
  roleArn: "arn:aws:iam::123456789012:role/ecs-load-balancers",
};

interface Deployment {
  readonly serviceDeploymentArn: string;
  readonly status: string;
  readonly statusReason?: string;
  readonly lifecycleStage?: string;
  readonly lifecycleHookDetails: readonly { readonly hookId: string; readonly status: string }[];
  readonly targetServiceRevision: { readonly requestedProductionTrafficWeight: number };
}

/** Creates the service on app:1 and starts a deployment of `image` with the given configuration. */
async function deploying(
  w: World,
  image: string,
  configuration: JsonObject,
): Promise<{ good: string; next: string }> {
  const good = await w.register("app:1");
  const loadBalancers = [
    { targetGroupArn: BLUE, containerName: "app", containerPort: 8080, advancedConfiguration: advanced },
  ];
  const first = { strategy: "BLUE_GREEN", bakeTimeInMinutes: 0 };
  await w.call("CreateService", fargateService(good, { loadBalancers, deploymentConfiguration: first }));
  await w.settled();
  w.balancer.shifts.length = 0;
  const next = await w.register(image);
  await w.call("UpdateService", {
    cluster: "shop",
    service: "web",
    taskDefinition: next,
    deploymentConfiguration: configuration,
  });
  await w.clock.advance(1_000);
  return { good, next };
}

async function latest(w: World): Promise<Deployment> {
  const { currentServiceDeployment } = await w.service();
  const { serviceDeployments } = (await w.call("DescribeServiceDeployments", {
    serviceDeploymentArns: [currentServiceDeployment],
  })) as { serviceDeployments: Deployment[] };
  const [found] = serviceDeployments;
  if (!found) throw new Error("no service deployment");
  return found;
}

const reaches = (w: World, status: string) => w.until(async () => (await latest(w)).status === status, 600);
const awaiting = (w: World) =>
  w.until(async () =>
    (await latest(w)).lifecycleHookDetails.some((hook) => hook.status === "AWAITING_ACTION"),
  );

describe("a BLUE_GREEN deployment", () => {
  it("passes the stages in order, shifts test then production traffic, and ends on the other target group", async () => {
    const w = await world();
    const { next } = await deploying(w, "app:2", { strategy: "BLUE_GREEN", bakeTimeInMinutes: 5 });
    const stages: string[] = [];
    await w.until(async () => {
      const { lifecycleStage = "", status } = await latest(w);
      if (lifecycleStage !== "" && stages.at(-1) !== lifecycleStage) stages.push(lifecycleStage);
      return status === "SUCCESSFUL";
    });
    expect(stages).toEqual([
      "PRE_SCALE_UP",
      "SCALE_UP",
      "POST_SCALE_UP",
      "TEST_TRAFFIC_SHIFT",
      "POST_TEST_TRAFFIC_SHIFT",
      "PRE_PRODUCTION_TRAFFIC_SHIFT",
      "PRODUCTION_TRAFFIC_SHIFT",
      "POST_PRODUCTION_TRAFFIC_SHIFT",
      "BAKE_TIME",
      "CLEAN_UP",
    ]);
    expect(w.balancer.shifts).toEqual([
      ["test", { blue: 0, green: 100 }],
      ["production", { blue: 0, green: 100 }],
    ]);
    expect((await w.service()).taskDefinition).toBe(next);
    expect(w.balancer.health(GREEN).map(({ state }) => state)).toEqual(["healthy", "healthy"]);
    expect(w.balancer.health(BLUE)).toEqual([]);
    await w.ecs.close();
  });

  it("keeps two deployments, so that it is not stable, until its bake time is over", async () => {
    const w = await world();
    await deploying(w, "app:2", { strategy: "BLUE_GREEN", bakeTimeInMinutes: 30 });
    await w.until(async () => (await latest(w)).lifecycleStage === "BAKE_TIME");
    expect((await w.service()).deployments).toHaveLength(2);
    expect(w.runtime.containers.map(({ image }) => image).sort()).toEqual([
      "app:1",
      "app:1",
      "app:2",
      "app:2",
    ]);
    await w.ecs.close();
  });

  it("gives all traffic back when it is stopped after the shift", async () => {
    const w = await world();
    const { good } = await deploying(w, "app:2", { strategy: "BLUE_GREEN", bakeTimeInMinutes: 30 });
    await w.until(async () => (await latest(w)).lifecycleStage === "BAKE_TIME");
    await w.call("StopServiceDeployment", { serviceDeploymentArn: (await latest(w)).serviceDeploymentArn });
    await reaches(w, "ROLLBACK_SUCCESSFUL");
    expect([...(w.balancer.rules.get(PRODUCTION) ?? [])].sort()).toEqual([
      [BLUE, 100],
      [GREEN, 0],
    ]);
    expect((await w.service()).taskDefinition).toBe(good);
    await w.settled();
    expect(w.runtime.containers.map(({ image }) => image)).toEqual(["app:1", "app:1"]);
    await w.ecs.close();
  });

  it("rolls back in the service's own words when the alternate group is on no rule", async () => {
    const w = await world();
    w.balancer.rules.set(PRODUCTION, new Map([[BLUE, 1]]));
    w.balancer.rules.set(TEST, new Map([[BLUE, 1]]));
    const arn = await w.register("app:1");
    const loadBalancers = [
      { targetGroupArn: BLUE, containerName: "app", containerPort: 8080, advancedConfiguration: advanced },
    ];
    await w.call("CreateService", fargateService(arn, { loadBalancers }));
    await w.settled();
    await w.call("UpdateService", {
      cluster: "shop",
      service: "web",
      taskDefinition: await w.register("app:2"),
      deploymentConfiguration: { strategy: "BLUE_GREEN", bakeTimeInMinutes: 1 },
    });
    await w.clock.advance(1_000);
    await reaches(w, "ROLLBACK_SUCCESSFUL");
    expect((await latest(w)).statusReason).toBe(
      `Service deployment rolled back because of invalid networking configuration: Target group ${GREEN} is not associated with either productionListenerRule or testListenerRule.`,
    );
    await w.ecs.close();
  });

  it("never shifts traffic to tasks that crash", async () => {
    const w = await world({ "app:bad": { does: "exits", afterMs: 500, code: 1 } });
    await deploying(w, "app:bad", {
      strategy: "BLUE_GREEN",
      bakeTimeInMinutes: 1,
      deploymentCircuitBreaker: { enable: true, rollback: true },
    });
    await reaches(w, "ROLLBACK_SUCCESSFUL");
    expect(w.balancer.shifts.filter(([, { green = 0 }]) => green > 0)).toEqual([]);
    await w.ecs.close();
  });
});

describe("a CANARY deployment", () => {
  const canary = {
    strategy: "CANARY",
    bakeTimeInMinutes: 1,
    canaryConfiguration: { canaryPercent: 10, canaryBakeTimeInMinutes: 10 },
  };

  it("holds the canary's share for its bake time before it takes everything", async () => {
    const w = await world();
    await deploying(w, "app:2", canary);
    await w.until(
      async () => (await latest(w)).targetServiceRevision.requestedProductionTrafficWeight === 10,
    );
    await w.clock.advance(9 * 60_000);
    expect([...(w.balancer.rules.get(PRODUCTION) ?? [])]).toEqual(
      expect.arrayContaining([
        [GREEN, 10],
        [BLUE, 90],
      ]),
    );
    await reaches(w, "SUCCESSFUL");
    expect(w.balancer.shifts.filter(([rule]) => rule === "production").map(([, { green }]) => green)).toEqual(
      [10, 100],
    );
    await w.ecs.close();
  });

  it("pauses before every step with a new hook id, and goes on when told", async () => {
    const w = await world();
    await deploying(w, "app:2", {
      ...canary,
      lifecycleHooks: [{ targetType: "PAUSE", lifecycleStages: ["PRE_PRODUCTION_TRAFFIC_SHIFT"] }],
    });
    const ids = new Set<string>();
    for (let step = 0; step < 2; step += 1) {
      await awaiting(w);
      const { serviceDeploymentArn, lifecycleHookDetails } = await latest(w);
      const hookId = lifecycleHookDetails[0]?.hookId ?? "";
      ids.add(hookId);
      await w.call("ContinueServiceDeployment", { serviceDeploymentArn, hookId });
      await w.clock.advance(5_000);
    }
    expect(ids.size).toBe(2);
    await reaches(w, "SUCCESSFUL");
    await w.ecs.close();
  });

  it("rolls back from a pause when told to, with no production traffic ever shifted", async () => {
    const w = await world();
    await deploying(w, "app:2", {
      ...canary,
      lifecycleHooks: [{ targetType: "PAUSE", lifecycleStages: ["PRE_PRODUCTION_TRAFFIC_SHIFT"] }],
    });
    await awaiting(w);
    const { serviceDeploymentArn, lifecycleHookDetails } = await latest(w);
    const hookId = lifecycleHookDetails[0]?.hookId;
    await w.call("ContinueServiceDeployment", { serviceDeploymentArn, hookId, action: "ROLLBACK" });
    await reaches(w, "ROLLBACK_SUCCESSFUL");
    expect(w.balancer.shifts.filter(([rule, { green = 0 }]) => rule === "production" && green > 0)).toEqual(
      [],
    );
    await w.ecs.close();
  });

  it("takes the hook's timeout action when nobody answers", async () => {
    const w = await world();
    await deploying(w, "app:2", {
      ...canary,
      lifecycleHooks: [
        {
          targetType: "PAUSE",
          lifecycleStages: ["POST_SCALE_UP"],
          timeoutConfiguration: { timeoutInMinutes: 5, action: "ROLLBACK" },
        },
      ],
    });
    await reaches(w, "ROLLBACK_SUCCESSFUL");
    expect((await latest(w)).statusReason).toMatch(
      /^Service deployment rolled back because POST_SCALE_UP lifecycle hook\(s\) failed\./,
    );
    await w.ecs.close();
  });
});

describe("a LINEAR deployment", () => {
  it("moves in equal steps", async () => {
    const w = await world();
    await deploying(w, "app:2", {
      strategy: "LINEAR",
      bakeTimeInMinutes: 0,
      linearConfiguration: { stepPercent: 25, stepBakeTimeInMinutes: 1 },
    });
    await reaches(w, "SUCCESSFUL");
    expect(w.balancer.shifts.filter(([rule]) => rule === "production").map(([, { green }]) => green)).toEqual(
      [25, 50, 75, 100],
    );
    await w.ecs.close();
  });

  it("superseded in mid-shift gives its share back before the newer one begins", async () => {
    const w = await world();
    const linear = {
      strategy: "LINEAR",
      bakeTimeInMinutes: 0,
      linearConfiguration: { stepPercent: 50, stepBakeTimeInMinutes: 60 },
    };
    await deploying(w, "app:2", linear);
    await w.until(
      async () => (await latest(w)).targetServiceRevision.requestedProductionTrafficWeight === 50,
    );
    const newest = await w.register("app:3");
    await w.call("UpdateService", { cluster: "shop", service: "web", taskDefinition: newest });
    await w.clock.advance(10_000);
    expect(w.balancer.rules.get(PRODUCTION)?.get(BLUE)).toBe(100);
    await reaches(w, "SUCCESSFUL");
    await w.settled();
    expect(w.runtime.containers.map(({ image }) => image)).toEqual(["app:3", "app:3"]);
    await w.ecs.close();
  });
});

describe("a Lambda lifecycle hook", () => {
  const hooked = {
    strategy: "BLUE_GREEN",
    bakeTimeInMinutes: 0,
    lifecycleHooks: [
      {
        hookTargetArn: LAMBDA,
        roleArn: "arn:aws:iam::123456789012:role/hooks",
        lifecycleStages: ["POST_TEST_TRAFFIC_SHIFT"],
      },
    ],
  };

  it("that answers IN_PROGRESS is asked again, and SUCCEEDED lets the deployment go on", async () => {
    const asked: HookEvent[] = [];
    const w = await world(
      {},
      {
        invokeFunction: async (_arn, event) => {
          asked.push(event);
          return { hookStatus: asked.length < 3 ? "IN_PROGRESS" : "SUCCEEDED", callBackDelay: 10 };
        },
      },
    );
    await deploying(w, "app:2", hooked);
    await reaches(w, "SUCCESSFUL");
    expect(asked.map(({ lifecycleStage }) => lifecycleStage)).toEqual(
      Array(3).fill("POST_TEST_TRAFFIC_SHIFT"),
    );
    await w.ecs.close();
  });

  it.each([
    [{ hookStatus: "FAILED" }, `Lifecycle hook target ${LAMBDA} returned FAILED status.`],
    [{}, `ECS was unable to parse the response from ${LAMBDA} due to HookStatus must not be null`],
  ])("that answers %j rolls the deployment back", async (answer, detail) => {
    const w = await world({}, { invokeFunction: async () => answer });
    await deploying(w, "app:2", hooked);
    await reaches(w, "ROLLBACK_SUCCESSFUL");
    expect((await latest(w)).statusReason).toBe(
      `Service deployment rolled back because POST_TEST_TRAFFIC_SHIFT lifecycle hook(s) failed. ${detail}`,
    );
    await w.ecs.close();
  });
});
