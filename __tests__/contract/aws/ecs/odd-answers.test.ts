import { describe, expect, it } from "@jest/globals";
import type { JsonObject } from "#ship/simulators";
import { type Alteration, always, type PassingAnswer, without } from "../../../support/other-endpoint.ts";
import { frontedWorld } from "./fronted-world.ts";
import { denied, endOf, isStable, nextImage, release, strike } from "./trouble.ts";
import { cluster, definition, firstImage, serviceTarget } from "./world.ts";

const { shop, behind } = frontedWorld();
/** Every service deployment is answered with these members changed, where `status` is the one given. */
const deploymentsAs =
  (status: string, members: Readonly<Record<string, unknown>>): Alteration =>
  (action, answer) =>
    action === "DescribeServiceDeployments"
      ? {
          ...answer,
          body: JSON.stringify(JSON.parse(answer.body), (_, value) =>
            value?.status === status ? { ...value, ...members } : value,
          ),
        }
      : undefined;
const crash = (afterMs: number, lines: readonly string[] = []) =>
  shop.runtime.script(nextImage, { does: "exits", afterMs, code: 3, lines: [...lines] });
const guarded = serviceTarget({
  configuration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
});

describe("a service that is read as it was before the update", () => {
  /** The last answer from before the update comes three times more. */
  function stale(): Alteration {
    let before: PassingAnswer | undefined;
    let left = -1;
    return (action, answer) => {
      if (action === "UpdateService" && left === -1) left = 3;
      if (action !== "DescribeServices") return undefined;
      if (left === -1) before = answer;
      if (left <= 0) return undefined;
      left -= 1;
      return before;
    };
  }

  it("is not taken for one that somebody else has taken over", async () => {
    await behind(stale(), deploymentsAs("IN_PROGRESS", { status: "SUCCESSFUL" }));
    expect(endOf(await shop.deploy(release))).toBe("deployed");
  });

  it("is waited for", async () => {
    await behind(stale());
    expect(endOf(await shop.deploy(release))).toBe("deployed");
    expect(await isStable(shop)).toBe(true);
  });
});

describe("a deployment over ours that Amazon ECS does not stop ours for", () => {
  it("is noticed at once, and neither is touched", async () => {
    await behind(deploymentsAs("STOPPED", { status: "IN_PROGRESS" }));
    const unfollow = shop.aws.calls.follow(({ action }) => {
      if (action !== "DescribeServiceDeployments") return;
      unfollow();
      void deployThird();
    });
    const deployThird = async () => {
      const third = definition("shop:3");
      const { taskDefinition } = await shop.aws.call("ecs", "RegisterTaskDefinition", third);
      const { taskDefinitionArn } = taskDefinition as JsonObject;
      const to = { cluster, service: "shop-blue", taskDefinition: taskDefinitionArn ?? "" };
      await shop.aws.call("ecs", "UpdateService", to);
    };
    const from = shop.time.now();
    const end = await shop.deploy(release);
    expect(endOf(end)).toBe("failed DEPLOYMENT_SUPERSEDED");
    expect(shop.time.now() - from).toBeLessThan(30_000);
    expect(shop.aws.calls.of("ecs", "StopServiceDeployment")).toEqual([]);
  });
});

describe("a rolling deployment that bakes", () => {
  it("is over for `wait-until: bake` when it has ended, as for `stable`", async () => {
    await behind(deploymentsAs("IN_PROGRESS", { lifecycleStage: "BAKE_TIME" }));
    const end = await shop.deploy({ ...release, waitUntil: { kind: "stage", stage: "BAKE_TIME" } });
    expect(endOf(end)).toBe("deployed");
    expect(await isStable(shop)).toBe(true);
  });
});

describe("a rollback by Amazon ECS that failed", () => {
  it("is a failure, also when the previous revision is brought back after it", async () => {
    crash(1_000);
    await behind(deploymentsAs("ROLLBACK_SUCCESSFUL", { status: "ROLLBACK_FAILED" }));
    const end = await shop.deploy({ ...release, target: guarded });
    expect(endOf(end)).toBe("failed DEPLOYMENT_FAILED");
    expect(end.outcome.failure?.message).toMatch(
      /could not bring the previous revision back.*shop:1 serves again/,
    );
    expect(shop.runningImages("shop-blue")).toEqual([firstImage, firstImage]);
  });
});

describe("a rollback that was asked for and failed", () => {
  it("is a failure, and the previous revision is deployed again", async () => {
    crash(1_000);
    strike(shop, "StopServiceDeployment", denied);
    let isStopped = false;
    await behind(always("StopServiceDeployment", {}), (action, answer) => {
      isStopped ||= action === "StopServiceDeployment";
      return isStopped
        ? deploymentsAs("IN_PROGRESS", { status: "ROLLBACK_FAILED" })(action, answer)
        : undefined;
    });
    const end = await shop.deploy(release);
    expect(endOf(end)).toBe("failed DEPLOYMENT_FAILED");
    expect(end.outcome.failure?.message).toMatch(
      /\(ROLLBACK_FAILED\), so it was deployed again\. shop:1 serves/,
    );
    expect(shop.runningImages("shop-blue")).toEqual([firstImage, firstImage]);
  });
});

describe("a previous revision that Amazon ECS gives up on the way back", () => {
  /** The PRIMARY rollout of the first revision is answered as FAILED after the update, until `until` updates were made. */
  function givenUp(until: number): Alteration {
    let updates = 0;
    return (action, answer) => {
      if (action === "UpdateService") updates += 1;
      if (action !== "DescribeServices" || updates === 0 || updates >= until) return undefined;
      const body = JSON.stringify(JSON.parse(answer.body), (_, value) =>
        value?.status === "PRIMARY" && /shop:1$/.test(String(value.taskDefinition))
          ? { ...value, rolloutState: "FAILED", runningCount: 0 }
          : value,
      );
      return { ...answer, body };
    };
  }

  it("is deployed once more, and said to serve when it does", async () => {
    crash(1_000);
    await behind(givenUp(2));
    const end = await shop.deploy({ ...release, target: guarded });
    expect(endOf(end)).toBe("rolled-back DEPLOYMENT_ROLLED_BACK");
    const forced = shop.aws.calls.of("ecs", "UpdateService").map(({ input }) => input["forceNewDeployment"]);
    expect(forced.slice(0, 2)).toEqual([undefined, true]);
    expect(shop.runningImages("shop-blue")).toEqual([firstImage, firstImage]);
  });

  it("is no rollback, and is not waited for until the time is over", async () => {
    crash(1_000);
    await behind(givenUp(Number.POSITIVE_INFINITY));
    const stopping = shop.time.now();
    const end = await shop.deploy({ ...release, waiting: { every: 5_000, timeout: 3_600_000 } });
    expect(endOf(end)).toBe("failed UNDO_INCOMPLETE");
    expect(end.outcome.failure?.message).toMatch(
      /could not be brought back.*shop:1, 0 of 2 running \(FAILED\)/,
    );
    expect(shop.time.now() - stopping).toBeLessThan(600_000);
  });
});

describe("a previous revision whose targets are not healthy", () => {
  it("is not said to serve, though Amazon ECS is done with it", async () => {
    crash(1_000);
    await behind((action, answer) =>
      action === "DescribeTargetHealth"
        ? { ...answer, body: answer.body.replaceAll(/<State>\w+<\/State>/g, "<State>unhealthy</State>") }
        : undefined,
    );
    const end = await shop.deploy({ ...release, target: guarded });
    expect(endOf(end)).toBe("failed UNDO_INCOMPLETE");
    expect(end.outcome.failure?.message).toMatch(
      /last seen: shop:1, 2 of 2 running .*0 of 2 targets healthy/,
    );
  });
});

describe("a crash loop that Amazon ECS does not count", () => {
  it.each([1_000, 15_000])("is noticed when tasks end after %i ms", async (afterMs) => {
    crash(afterMs);
    await behind(without("DescribeServices", "failedTasks"));
    const from = shop.time.now();
    const end = await shop.deploy(release);
    expect(endOf(end)).toBe("rolled-back DEPLOYMENT_ROLLED_BACK");
    expect(end.outcome.failure?.message).toMatch(/tasks failed, and never more than \d of 2 ran at once/);
    expect(shop.time.now() - from).toBeLessThan(180_000);
  });

  it("is noticed behind a circuit breaker that does not count it either", async () => {
    crash(1_000);
    const seemsGuarded = JSON.stringify({ enable: true, rollback: true });
    await behind(without("DescribeServices", "failedTasks"), (action, answer) =>
      action === "DescribeServices"
        ? {
            ...answer,
            body: answer.body.replaceAll(
              '"deploymentConfiguration":{',
              `"deploymentConfiguration":{"deploymentCircuitBreaker":${seemsGuarded},`,
            ),
          }
        : undefined,
    );
    const from = shop.time.now();
    const end = await shop.deploy(release);
    expect(endOf(end)).toBe("rolled-back DEPLOYMENT_ROLLED_BACK");
    expect(shop.time.now() - from).toBeLessThan(600_000);
  });

  it("is not seen in two tasks that fail before the others run", async () => {
    await behind(without("DescribeServices", "failedTasks"));
    crash(1_000);
    const unfollow = shop.aws.calls.follow(() => {
      const failed = [...shop.aws.ecs.state.tasks.values()].filter(
        (task) => task.containers[0]?.image === nextImage && task.desiredStatus === "STOPPED",
      );
      if (failed.length < 2) return;
      unfollow();
      shop.runtime.script(nextImage, { does: "runs" });
    });
    expect(endOf(await shop.deploy(release))).toBe("deployed");
  });
});

describe("the previous revision, when it does not come up on the way back", () => {
  it("is not said to serve because its tasks have started", async () => {
    const refused = { url: new URL("/nowhere", shop.aws.url), statuses: [[200, 200]] as const };
    const deploymentConfiguration = { minimumHealthyPercent: 0, maximumPercent: 200 };
    await shop.aws.call("ecs", "UpdateService", { cluster, service: "shop-blue", deploymentConfiguration });
    const unfollow = shop.aws.calls.follow(({ action }) => {
      if (action !== "UpdateService") return;
      unfollow();
      shop.runtime.script(firstImage, { does: "unhealthy" });
    });
    const end = await shop.deploy({
      ...release,
      waiting: { every: 5_000, timeout: 400_000 },
      healthCheck: { ...refused, json: {}, version: undefined },
    });
    expect(endOf(end)).toBe("failed UNDO_INCOMPLETE");
    expect(end.outcome.failure?.message).toMatch(/was not seen to run .*shop:1 again; last seen: /);
  });
});

describe("words that are not known", () => {
  it("as status and stage are waited out, and named when time is up", async () => {
    await behind(deploymentsAs("IN_PROGRESS", { status: "MARVELLOUS", lifecycleStage: "NEW_STAGE" }));
    const waiting = { every: 5_000, timeout: 60_000 };
    const end = await shop.deploy({ ...release, waiting });
    expect(endOf(end)).toBe("rolled-back DEPLOYMENT_ROLLED_BACK");
    expect(end.outcome.failure?.message).toMatch(
      /not serving after 1 min; last seen: MARVELLOUS · NEW_STAGE/,
    );
  });
});

describe("the annotation of a failure", () => {
  it("has stop reason, exit code, circuit breaker and the last line of the container", async () => {
    crash(1_000, ["starting", "cannot read DATABASE_URL", "::error::not a command", ""]);
    await behind((action, answer) =>
      action === "DescribeServices"
        ? {
            ...answer,
            body: JSON.stringify(JSON.parse(answer.body), (name, value) =>
              name === "events" ? value.map(({ id: _, ...event }: { id: string }) => event) : value,
            ),
          }
        : undefined,
    );
    const end = await shop.deploy({ ...release, target: guarded });
    expect(endOf(end)).toBe("rolled-back DEPLOYMENT_ROLLED_BACK");
    expect(end.outcome.failure?.message).toMatch(
      /Essential container in task exited \(api: exit code 3\)\. Circuit breaker: \d of 3 failures.*Last event: .*Last lines of api: .*::error::not a command/,
    );
    expect(end.outcome.failure?.details.join("\n")).toMatch(/Service events:\n(.*\n)*.*has started 2 tasks/);
  });
});

describe("targets that are unhealthy when Amazon ECS turns back", () => {
  it("are named with their reason, though they are gone when it has done so", async () => {
    crash(1_000);
    let isOver = false;
    const ill = "<State>unhealthy</State><Reason>Target.Timeout</Reason>";
    await behind((action, answer) => {
      isOver ||= action === "DescribeServiceDeployments" && answer.body.includes("ROLLBACK_SUCCESSFUL");
      return action === "DescribeTargetHealth" && !isOver
        ? { ...answer, body: answer.body.replaceAll(/<State>.*?(?=<\/TargetHealth>)/g, ill) }
        : undefined;
    });
    const end = await shop.deploy({ ...release, target: guarded });
    expect(endOf(end)).toBe("rolled-back DEPLOYMENT_ROLLED_BACK");
    expect(end.outcome.failure?.message).toMatch(/Unhealthy target: \S+ unhealthy Target\.Timeout/);
  });
});

describe("an answer that breaks off", () => {
  /** The nth answer to this action loses its second half. */
  function cut(cutAction: string, nth: number): Alteration {
    let seen = 0;
    return (action, answer) => {
      if (action !== cutAction) return undefined;
      seen += 1;
      return seen === nth ? { ...answer, body: answer.body.slice(0, answer.body.length / 2) } : undefined;
    };
  }

  it.each([
    ["RegisterTaskDefinition", 1],
    ["UpdateService", 1],
    ["DescribeServices", 3],
    ["DescribeServiceDeployments", 2],
    ["ListServiceDeployments", 1],
  ])("of %s is asked for again", async (action, nth) => {
    await behind(cut(action, nth));
    const end = await shop.deploy(release);
    expect(endOf(end)).toBe("deployed");
    expect(end.outputs["service-deployment-arn"]).toContain(":service-deployment/");
    expect(await isStable(shop)).toBe(true);
  });

  it("for good, of an update that was carried out, does not leave it unprotected", async () => {
    const isForward = () =>
      /:2$/.test(String(shop.aws.calls.of("ecs", "UpdateService").at(-1)?.input["taskDefinition"]));
    await behind((action, answer) =>
      action === "UpdateService" && isForward() ? { ...answer, body: answer.body.slice(0, 40) } : undefined,
    );
    const end = await shop.deploy(release);
    expect(end.outputs["result"]).toBe("rolled-back");
    expect(shop.runningImages("shop-blue")).toEqual([firstImage, firstImage]);
  });
});
