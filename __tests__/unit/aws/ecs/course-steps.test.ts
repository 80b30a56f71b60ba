import type { DeploymentLifecycleHookStage } from "@aws-sdk/client-ecs";
import { describe, expect, it } from "@jest/globals";
import { courseSteps } from "../../../../packages/aws/src/ecs/native/course-steps.ts";

const percents = (configuration: Parameters<typeof courseSteps>[0]) =>
  courseSteps(configuration, "web").map(({ share }) => Number((share * 100).toFixed(4)));

describe("the steps of a deployment configuration", () => {
  it.each([
    [{ strategy: "LINEAR", linearConfiguration: { stepPercent: 25 } }, [25, 50, 75, 100]],
    [{ strategy: "LINEAR", linearConfiguration: { stepPercent: 33.3 } }, [33.3, 66.6, 99.9, 100]],
    [{ strategy: "LINEAR", linearConfiguration: { stepPercent: 40 } }, [40, 80, 100]],
    [{ strategy: "LINEAR", linearConfiguration: { stepPercent: 100 } }, [100]],
    [{ strategy: "LINEAR" }, [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]],
    [{ strategy: "CANARY", canaryConfiguration: { canaryPercent: 0.1 } }, [0.1, 100]],
    [{ strategy: "CANARY" }, [5, 100]],
    [{ strategy: "BLUE_GREEN" }, [100]],
  ] as const)("%j", (configuration, expected) => {
    expect(percents(configuration)).toEqual(expected);
  });

  it("bake as long as Amazon ECS does where nothing is said, and end by time without hooks", () => {
    const minute = 60_000;
    expect(courseSteps({ strategy: "CANARY", bakeTimeInMinutes: 3 }, "web")).toEqual([
      { share: 0.05, duration: 10 * minute, until: "time" },
      { share: 1, duration: 3 * minute, until: "time" },
    ]);
    expect(courseSteps({ strategy: "LINEAR" }, "web")[0]?.duration).toBe(6 * minute);
  });

  it("are held by PAUSE hooks only, each at its own stage", () => {
    const hook = (targetType: "PAUSE" | "AWS_LAMBDA", stage: DeploymentLifecycleHookStage) => ({
      strategy: "CANARY" as const,
      lifecycleHooks: [{ targetType, lifecycleStages: [stage] }],
    });
    const held = (configuration: Parameters<typeof courseSteps>[0]) =>
      courseSteps(configuration, "web").map(({ until }) => until);
    expect(held(hook("PAUSE", "PRE_PRODUCTION_TRAFFIC_SHIFT"))).toEqual(["answer", "time"]);
    expect(held(hook("PAUSE", "POST_PRODUCTION_TRAFFIC_SHIFT"))).toEqual(["time", "answer"]);
    expect(held(hook("PAUSE", "POST_TEST_TRAFFIC_SHIFT"))).toEqual(["time", "time"]);
    expect(held(hook("AWS_LAMBDA", "PRE_PRODUCTION_TRAFFIC_SHIFT"))).toEqual(["time", "time"]);
  });

  it("do not exist for a strategy that shifts no traffic", () => {
    expect(() => courseSteps({ strategy: "ROLLING" }, "web")).toThrow("divides no traffic");
    expect(() => courseSteps({}, "web")).toThrow("web is deployed with the strategy ROLLING");
  });
});
