import { describe, expect, it } from "@jest/globals";
import { BLUE, fargateService, type World, world } from "./world.ts";

const breaker = { deploymentCircuitBreaker: { enable: true, rollback: true } };

async function serving(first: string, w: World, more = {}): Promise<string> {
  const arn = await w.register(first);
  await w.call("CreateService", fargateService(arn, more));
  await w.settled();
  return arn;
}

async function latest(w: World): Promise<Record<string, unknown>> {
  const { serviceDeployments } = (await w.call("ListServiceDeployments", {
    cluster: "shop",
    service: "web",
  })) as {
    serviceDeployments: { serviceDeploymentArn: string }[];
  };
  if (serviceDeployments.length === 0) return {};
  const { serviceDeployments: described } = (await w.call("DescribeServiceDeployments", {
    serviceDeploymentArns: [serviceDeployments[0]?.serviceDeploymentArn],
  })) as { serviceDeployments: Record<string, unknown>[] };
  return described[0] ?? {};
}

const messages = async (w: World) => (await w.service()).events.map(({ message }) => message);

describe("a rolling deployment", () => {
  it("creates a service whose tasks register in the target group and reach a steady state", async () => {
    const w = await world();
    await serving("app:1", w);
    const service = await w.service();
    expect(service).toMatchObject({ runningCount: 2, pendingCount: 0, status: "ACTIVE" });
    expect(service.deployments).toMatchObject([
      {
        status: "PRIMARY",
        rolloutState: "COMPLETED",
        rolloutStateReason: expect.stringMatching(/^ECS deployment ecs-svc\/\d{19} completed\.$/),
      },
    ]);
    expect(w.balancer.health(BLUE).map(({ state }) => state)).toEqual(["healthy", "healthy"]);
    const said = await messages(w);
    expect(said[0]).toBe("(service web) has reached a steady state.");
    expect(said.at(-1)).toMatch(
      /^\(service web\) has started 2 tasks: \(task [0-9a-f]{32}\) \(task [0-9a-f]{32}\)\.$/,
    );
    expect(await latest(w)).toMatchObject({ status: "SUCCESSFUL" });
    await w.ecs.close();
  });

  it("never has fewer healthy tasks than minimumHealthyPercent while it replaces them", async () => {
    const w = await world();
    await serving("app:1", w);
    const next = await w.register("app:2");
    const { service } = (await w.call("UpdateService", {
      cluster: "shop",
      service: "web",
      taskDefinition: next,
    })) as {
      service: { deployments: { status: string }[] };
    };
    expect(service.deployments.map(({ status }) => status)).toEqual(["PRIMARY", "ACTIVE"]);
    const counts: number[] = [];
    await w.until(async () => {
      counts.push((await w.service()).runningCount);
      return (
        (await w.service()).deployments.length === 1 &&
        (await w.service()).deployments[0]?.rolloutState === "COMPLETED"
      );
    });
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(2);
    expect(Math.max(...counts)).toBeLessThanOrEqual(4);
    expect(new Set(w.runtime.containers.map(({ image }) => image))).toEqual(new Set(["app:2"]));
    await w.ecs.close();
  });

  it("with 0 and 100 percent stops the old tasks before it starts new ones", async () => {
    const w = await world();
    await serving("app:1", w, { deploymentConfiguration: { minimumHealthyPercent: 0, maximumPercent: 100 } });
    await w.call("UpdateService", {
      cluster: "shop",
      service: "web",
      taskDefinition: await w.register("app:2"),
    });
    const counts: number[] = [];
    await w.until(async () => {
      const { runningCount, pendingCount, deployments } = await w.service();
      counts.push(runningCount + pendingCount);
      return deployments.length === 1 && deployments[0]?.rolloutState === "COMPLETED";
    });
    expect(Math.max(...counts)).toBe(2);
    await w.ecs.close();
  });

  it("shows the new service deployment only after the consistency delay", async () => {
    const w = await world({}, { consistencyDelay: 3_000 });
    await serving("app:1", w);
    const before = (await w.service()).currentServiceDeployment;
    await w.call("UpdateService", { cluster: "shop", service: "web", forceNewDeployment: true });
    expect((await w.service()).currentServiceDeployment).toBe(before);
    await w.clock.advance(3_000);
    expect((await w.service()).currentServiceDeployment).not.toBe(before);
    await w.ecs.close();
  });

  it("does not start for a new desired count, grace period or deployment configuration", async () => {
    const w = await world();
    await serving("app:1", w);
    const [before] = (await w.service()).deployments;
    await w.call("UpdateService", {
      cluster: "shop",
      service: "web",
      desiredCount: 3,
      healthCheckGracePeriodSeconds: 30,
      deploymentConfiguration: breaker,
    });
    await w.settled();
    expect((await w.service()).runningCount).toBe(3);
    expect((await w.service()).deployments.map(({ id }) => id)).toEqual([before?.id]);
    await w.ecs.close();
  });

  it("superseded by a newer one ends as STOPPED, and the newest wins", async () => {
    const w = await world();
    await serving("app:1", w);
    await w.call("UpdateService", {
      cluster: "shop",
      service: "web",
      taskDefinition: await w.register("app:2"),
    });
    await w.clock.advance(20_000);
    await w.call("UpdateService", {
      cluster: "shop",
      service: "web",
      taskDefinition: await w.register("app:3"),
    });
    await w.settled();
    const { serviceDeployments } = (await w.call("ListServiceDeployments", {
      cluster: "shop",
      service: "web",
    })) as {
      serviceDeployments: { status: string }[];
    };
    expect(serviceDeployments.map(({ status }) => status)).toEqual(["SUCCESSFUL", "STOPPED", "SUCCESSFUL"]);
    expect(new Set(w.runtime.containers.map(({ image }) => image))).toEqual(new Set(["app:3"]));
    await w.ecs.close();
  });
});

describe("a rolling deployment that fails", () => {
  it("trips the circuit breaker at the third failed task and goes back to the completed deployment under its own id", async () => {
    const w = await world({ "app:bad": { does: "exits", afterMs: 1_000, code: 1, lines: ["boom"] } });
    const good = await serving("app:1", w, { deploymentConfiguration: breaker });
    const [completed] = (await w.service()).deployments;
    await w.call("UpdateService", {
      cluster: "shop",
      service: "web",
      taskDefinition: await w.register("app:bad"),
    });
    await w.until(async () => (await latest(w))["status"] === "ROLLBACK_SUCCESSFUL");
    const service = await w.service();
    expect(service.taskDefinition).toBe(good);
    expect(service.deployments).toMatchObject([
      { id: completed?.id, status: "PRIMARY", rolloutState: "COMPLETED" },
    ]);
    expect(await latest(w)).toMatchObject({
      statusReason: "Service deployment rolled back because the circuit breaker threshold was exceeded.",
      deploymentCircuitBreaker: { status: "TRIGGERED", threshold: 3 },
      rollback: { serviceRevisionArn: expect.stringContaining(":service-revision/shop/web/") },
    });
    const said = await messages(w);
    expect(said).toContainEqual(
      expect.stringMatching(/deployment ecs-svc\/\d+\) deployment failed: tasks failed to start\.$/),
    );
    expect(said).toContain(`(service web) rolling back to deployment ${completed?.id}.`);
    await w.ecs.close();
  });

  it("without rollback stays FAILED and leaves the old tasks serving", async () => {
    const w = await world({ "app:bad": { does: "pull-failure" } });
    await serving("app:1", w, {
      deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: false } },
    });
    await w.call("UpdateService", {
      cluster: "shop",
      service: "web",
      taskDefinition: await w.register("app:bad"),
    });
    await w.until(async () => (await latest(w))["status"] === "STOPPED");
    const { deployments } = await w.service();
    expect(deployments).toMatchObject([
      {
        status: "PRIMARY",
        rolloutState: "FAILED",
        rolloutStateReason: "ECS deployment circuit breaker: tasks failed to start.",
      },
      { status: "ACTIVE", runningCount: 2 },
    ]);
    expect(w.runtime.containers.map(({ image }) => image)).toEqual(["app:1", "app:1"]);
    await w.ecs.close();
  });

  it("has no rollback candidate when the service never completed a deployment", async () => {
    const w = await world({ "app:bad": { does: "pull-failure" } });
    await w.call(
      "CreateService",
      fargateService(await w.register("app:bad"), { deploymentConfiguration: breaker }),
    );
    await w.until(async () => (await latest(w))["status"] === "ROLLBACK_FAILED");
    expect(await latest(w)).toMatchObject({
      statusReason: "No rollback candidate was found to run the rollback.",
    });
    await w.ecs.close();
  });

  it("replaces tasks that fail the load balancer's health checks and says which codes they answered", async () => {
    const w = await world({ "app:sick": { does: "unhealthy" } });
    await serving("app:1", w, { deploymentConfiguration: breaker });
    await w.call("UpdateService", {
      cluster: "shop",
      service: "web",
      taskDefinition: await w.register("app:sick"),
    });
    await w.until(async () => (await latest(w))["status"] === "ROLLBACK_SUCCESSFUL");
    expect(await messages(w)).toContainEqual(
      expect.stringMatching(
        /\(port 8080\) is unhealthy in \(target-group arn:.*\) due to \(reason Health checks failed with these codes: \[500\]\)$/,
      ),
    );
    await w.ecs.close();
  });

  it("waits out the health check grace period before it judges", async () => {
    const w = await world({ "app:sick": { does: "unhealthy" } });
    await serving("app:1", w, { healthCheckGracePeriodSeconds: 600 });
    await w.call("UpdateService", {
      cluster: "shop",
      service: "web",
      taskDefinition: await w.register("app:sick"),
    });
    await w.clock.advance(500_000);
    expect((await messages(w)).filter((message) => message.includes("is unhealthy"))).toEqual([]);
    await w.clock.advance(200_000);
    expect((await messages(w)).filter((message) => message.includes("is unhealthy"))).not.toEqual([]);
    await w.ecs.close();
  });

  it("backs off longer after each task that cannot start", async () => {
    const w = await world({ "app:bad": { does: "pull-failure" } });
    await w.call("CreateService", fargateService(await w.register("app:bad"), { desiredCount: 1 }));
    await w.clock.advance(20 * 60_000);
    const starts =
      w.ecs.state.services
        .values()
        .next()
        .value?.events.filter(({ message }) => message.includes("has started")) ?? [];
    const gaps = starts
      .map(({ at }) => at)
      .reverse()
      .flatMap((at, index, all) => (index === 0 ? [] : [at - (all[index - 1] ?? 0)]));
    expect(gaps.length).toBeGreaterThan(3);
    expect(gaps).toEqual([...gaps].sort((a, b) => a - b));
    expect(gaps.at(-1)).toBeGreaterThan((gaps[0] ?? 0) * 4);
    await w.ecs.close();
  });
});

describe("deployment alarms", () => {
  const watched = {
    deploymentConfiguration: { alarms: { alarmNames: ["errors"], enable: true, rollback: true } },
  };

  it("keep a steady deployment IN_PROGRESS while it bakes, and roll it back when one goes into ALARM", async () => {
    const w = await world();
    const good = await serving("app:1", w, watched);
    await w.call("UpdateService", {
      cluster: "shop",
      service: "web",
      taskDefinition: await w.register("app:2"),
    });
    await w.until(async () => (await w.service()).deployments.length === 1);
    expect((await w.service()).deployments[0]?.rolloutState).toBe("IN_PROGRESS");
    w.alarms.set("errors", "ALARM");
    await w.until(async () => (await latest(w))["status"] === "ROLLBACK_SUCCESSFUL");
    expect((await w.service()).taskDefinition).toBe(good);
    expect(await latest(w)).toMatchObject({
      alarms: { status: "TRIGGERED", triggeredAlarmNames: ["errors"] },
    });
    await w.ecs.close();
  });

  it("already in ALARM at the start are ignored for that deployment", async () => {
    const w = await world();
    await serving("app:1", w, watched);
    w.alarms.set("errors", "ALARM");
    const next = await w.register("app:2");
    await w.call("UpdateService", { cluster: "shop", service: "web", taskDefinition: next });
    await w.until(async () => (await latest(w))["status"] === "SUCCESSFUL");
    expect((await w.service()).taskDefinition).toBe(next);
    await w.ecs.close();
  });
});

describe("StopServiceDeployment", () => {
  it("rolls back a deployment although no rollback was configured", async () => {
    const w = await world();
    const good = await serving("app:1", w);
    await w.call("UpdateService", {
      cluster: "shop",
      service: "web",
      taskDefinition: await w.register("app:2"),
    });
    await w.clock.advance(10_000);
    const { serviceDeploymentArn } = await latest(w);
    await w.call("StopServiceDeployment", { serviceDeploymentArn, stopType: "ROLLBACK" });
    expect((await latest(w))["status"]).toBe("ROLLBACK_REQUESTED");
    await w.until(async () => (await latest(w))["status"] === "ROLLBACK_SUCCESSFUL");
    expect((await w.service()).taskDefinition).toBe(good);
    expect(w.runtime.containers.map(({ image }) => image)).toEqual(["app:1", "app:1"]);
    await expect(w.call("StopServiceDeployment", { serviceDeploymentArn })).rejects.toMatchObject({
      code: "ConflictException",
    });
    await w.ecs.close();
  });

  it("with ABORT leaves the service as it is", async () => {
    const w = await world();
    await serving("app:1", w);
    const next = await w.register("app:2");
    await w.call("UpdateService", { cluster: "shop", service: "web", taskDefinition: next });
    await w.clock.advance(10_000);
    const { serviceDeploymentArn } = await latest(w);
    await w.call("StopServiceDeployment", { serviceDeploymentArn, stopType: "ABORT" });
    await w.until(async () => (await latest(w))["status"] === "STOPPED");
    await w.clock.advance(600_000);
    expect((await w.service()).taskDefinition).toBe(next);
    expect(w.runtime.containers.filter(({ image }) => image === "app:1")).toHaveLength(2);
    await w.ecs.close();
  });
});

describe("a rollback", () => {
  it("whose own tasks cannot start ends as ROLLBACK_FAILED", async () => {
    const w = await world({ "app:bad": { does: "pull-failure" } });
    const deploymentConfiguration = { ...breaker, minimumHealthyPercent: 0, maximumPercent: 100 };
    await serving("app:1", w, { deploymentConfiguration });
    w.runtime.script("app:1", { does: "pull-failure" });
    await w.call("UpdateService", {
      cluster: "shop",
      service: "web",
      taskDefinition: await w.register("app:bad"),
    });
    await w.until(async () => (await latest(w))["status"] === "ROLLBACK_FAILED");
    expect((await w.service()).deployments[0]).toMatchObject({ rolloutState: "FAILED", runningCount: 0 });
    await w.ecs.close();
  });
});

describe("the circuit breaker's threshold", () => {
  it.each([
    ["BOUNDED_PERCENT", 50, 1, 3],
    ["BOUNDED_PERCENT", 50, 25, 13],
    ["BOUNDED_PERCENT", 50, 1_000, 200],
    ["UNBOUNDED_PERCENT", 50, 1, 1],
    ["UNBOUNDED_PERCENT", 50, 1_000, 500],
    ["COUNT", 7, 1_000, 7],
  ])("of %s %i at %i tasks is %i failures", async (type, value, desiredCount, threshold) => {
    const w = await world();
    const thresholdConfiguration = { type, value };
    const deploymentConfiguration = {
      deploymentCircuitBreaker: { enable: true, rollback: true, thresholdConfiguration },
    };
    await w.call(
      "CreateService",
      fargateService(await w.register("app:1"), { desiredCount, deploymentConfiguration }),
    );
    await w.clock.advance(1_000);
    expect(await latest(w)).toMatchObject({ deploymentCircuitBreaker: { status: "MONITORING", threshold } });
    await w.ecs.close();
  });
});
