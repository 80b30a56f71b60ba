import { describe, expect, it } from "@jest/globals";
import { fargateService, type World, world } from "./world.ts";

interface Task {
  readonly taskArn: string;
  readonly lastStatus: string;
  readonly stopCode?: string;
  readonly stoppedReason?: string;
  readonly startedBy?: string;
  readonly healthStatus: string;
  readonly containers: readonly {
    readonly exitCode?: number;
    readonly reason?: string;
    readonly lastStatus: string;
  }[];
}

const networkConfiguration = { awsvpcConfiguration: { subnets: ["subnet-1"] } };
const logging = {
  logConfiguration: {
    logDriver: "awslogs",
    options: { "awslogs-group": "/shop", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "web" },
  },
};

async function run(w: World, taskDefinition: string, more = {}): Promise<Task> {
  const { tasks } = (await w.call("RunTask", {
    cluster: "shop",
    taskDefinition,
    launchType: "FARGATE",
    networkConfiguration,
    ...more,
  })) as { tasks: Task[] };
  const [task] = tasks;
  if (!task) throw new Error("no task");
  return task;
}

async function described(w: World, taskArn: string): Promise<Task> {
  const { tasks } = (await w.call("DescribeTasks", { cluster: "shop", tasks: [taskArn] })) as {
    tasks: Task[];
  };
  const [task] = tasks;
  if (!task) throw new Error("no task");
  return task;
}

const stopped = (w: World, arn: string) =>
  w.until(async () => (await described(w, arn)).lastStatus === "STOPPED");

describe("a one-off task", () => {
  it("passes every status in order, writes its lines to its own log stream and keeps its exit code", async () => {
    const w = await world({
      "job:1": { does: "exits", afterMs: 12_000, code: 3, lines: ["migrating", "failed"] },
    });
    const { taskArn, lastStatus } = await run(w, await w.register("job:1", logging), { startedBy: "ci" });
    const seen = [lastStatus];
    await w.until(async () => {
      const now = (await described(w, taskArn)).lastStatus;
      if (now !== seen.at(-1)) seen.push(now);
      return now === "STOPPED";
    });
    expect(seen).toEqual(["PROVISIONING", "PENDING", "RUNNING", "DEPROVISIONING", "STOPPED"]);
    expect(await described(w, taskArn)).toMatchObject({
      stopCode: "EssentialContainerExited",
      stoppedReason: "Essential container in task exited",
      startedBy: "ci",
      containers: [{ exitCode: 3, lastStatus: "STOPPED" }],
    });
    const stream = `web/app/${taskArn.split("/").at(-1)}`;
    expect(w.lines).toEqual([
      { group: "/shop", stream, message: "migrating" },
      { group: "/shop", stream, message: "failed" },
    ]);
    await w.ecs.close();
  });

  it("whose image cannot be pulled has no exit code but a reason", async () => {
    const w = await world({ "gone:1": { does: "pull-failure" } });
    const { taskArn } = await run(w, await w.register("gone:1"));
    await stopped(w, taskArn);
    const task = await described(w, taskArn);
    expect(task).toMatchObject({
      stopCode: "TaskFailedToStart",
      stoppedReason: expect.stringMatching(/^CannotPullContainerError/),
    });
    expect(task.containers[0]).not.toHaveProperty("exitCode");
    await w.ecs.close();
  });

  it("fails to start when a secret cannot be had", async () => {
    const w = await world();
    const secrets = [
      { name: "DATABASE_URL", valueFrom: "arn:aws:ssm:eu-west-1:123456789012:parameter/absent" },
    ];
    const { taskArn } = await run(w, await w.register("job:1", { secrets }));
    await stopped(w, taskArn);
    expect((await described(w, taskArn)).stoppedReason).toMatch(
      /^ResourceInitializationError: unable to pull secrets/,
    );
    await w.ecs.close();
  });

  it("runs with the overrides of the call laid over its definition", async () => {
    const w = await world();
    const definition = await w.register("job:1", {
      environment: [
        { name: "MODE", value: "serve" },
        { name: "KEEP", value: "" },
      ],
      command: ["serve"],
    });
    const containerOverrides = [
      { name: "app", command: ["migrate"], environment: [{ name: "MODE", value: "migrate" }] },
    ];
    await run(w, definition, { overrides: { containerOverrides } });
    await w.clock.advance(30_000);
    expect(w.runtime.containers[0]).toMatchObject({
      command: ["migrate"],
      environment: { MODE: "migrate", KEEP: "", AWS_REGION: "eu-west-1" },
    });
    await w.ecs.close();
  });

  it("started twice with one client token is one task, and a different request with it is a conflict", async () => {
    const w = await world();
    const definition = await w.register("job:1");
    const first = await run(w, definition, { clientToken: "t-1" });
    expect((await run(w, definition, { clientToken: "t-1" })).taskArn).toBe(first.taskArn);
    await expect(run(w, definition, { clientToken: "t-1", count: 2 })).rejects.toMatchObject({
      code: "ConflictException",
    });
    await w.ecs.close();
  });

  it("that finds no room is answered in failures, not as an error", async () => {
    const w = await world({}, { placement: () => "RESOURCE:MEMORY" });
    const answer = await w.call("RunTask", {
      cluster: "shop",
      taskDefinition: await w.register("job:1"),
      networkConfiguration,
    });
    expect(answer).toEqual({ tasks: [], failures: [{ reason: "RESOURCE:MEMORY" }] });
    await w.ecs.close();
  });

  it("is stopped by StopTask with the reason given, and forgotten an hour later", async () => {
    const w = await world();
    const { taskArn } = await run(w, await w.register("job:1"));
    await w.clock.advance(30_000);
    await w.call("StopTask", { cluster: "shop", task: taskArn, reason: "enough" });
    await stopped(w, taskArn);
    expect(await described(w, taskArn)).toMatchObject({
      stopCode: "UserInitiated",
      stoppedReason: "enough",
      containers: [{ exitCode: 143 }],
    });
    await w.clock.advance(3_600_000);
    expect(await w.call("DescribeTasks", { cluster: "shop", tasks: [taskArn] })).toMatchObject({
      tasks: [],
      failures: [{ arn: taskArn, reason: "MISSING" }],
    });
    await w.ecs.close();
  });
});

describe("RunTask", () => {
  const refused = (w: World, more: object) =>
    w
      .register("job:1")
      .then((taskDefinition) =>
        w.call("RunTask", { cluster: "shop", taskDefinition, networkConfiguration, ...more }),
      );

  it.each([
    [
      "a launch type beside a strategy",
      { launchType: "FARGATE", capacityProviderStrategy: [{ capacityProvider: "FARGATE" }] },
      /both a launch type and capacity provider strategy/,
    ],
    ["a launch type that only a strategy can mean", { launchType: "MANAGED_INSTANCES" }, /MANAGED_INSTANCES/],
    [
      "a launch type that the definition is not made for",
      { launchType: "EXTERNAL" },
      /does not support launch_type EXTERNAL/,
    ],
    [
      "a provider that the cluster does not have",
      { capacityProviderStrategy: [{ capacityProvider: "FARGATE" }] },
      /not associated with the cluster/,
    ],
    [
      "a platform version off Fargate",
      { launchType: "EC2", platformVersion: "1.4.0" },
      /platform version must be null/,
    ],
    ["eleven tasks", { launchType: "FARGATE", count: 11 }, /between 1 and 10/],
    ["a startedBy of 129 characters", { launchType: "FARGATE", startedBy: "x".repeat(129) }, /startedBy/],
    [
      "a client token that is too long",
      { launchType: "FARGATE", clientToken: "x".repeat(65) },
      /clientToken/,
    ],
    [
      "a volume that is not configured at launch",
      { launchType: "FARGATE", volumeConfigurations: [{ name: "data" }] },
      /volumeConfigurations/,
    ],
  ])("refuses %s", async (_, more, message) => {
    const w = await world();
    await expect(refused(w, more)).rejects.toMatchObject({
      code: "InvalidParameterException",
      message: expect.stringMatching(message),
    });
    await w.ecs.close();
  });

  it("places each task of a call by itself", async () => {
    const answers = [undefined, "RESOURCE:CPU"];
    const w = await world({}, { placement: () => answers.shift() });
    const answer = await refused(w, { launchType: "FARGATE", count: 2 });
    expect(answer).toMatchObject({
      tasks: [{ lastStatus: "PROVISIONING" }],
      failures: [{ reason: "RESOURCE:CPU" }],
    });
    await w.ecs.close();
  });

  it("starts tasks that descriptions and lists may show late", async () => {
    const w = await world({}, { taskConsistencyDelay: 3_000 });
    const { taskArn } = await run(w, await w.register("job:1"), { startedBy: "ci" });
    const seen = async () => [
      await w.call("DescribeTasks", { cluster: "shop", tasks: [taskArn] }),
      await w.call("ListTasks", { cluster: "shop", startedBy: "ci" }),
    ];
    expect(await seen()).toMatchObject([{ tasks: [], failures: [{ reason: "MISSING" }] }, { taskArns: [] }]);
    await w.clock.advance(3_000);
    expect(await seen()).toMatchObject([{ tasks: [{ taskArn }], failures: [] }, { taskArns: [taskArn] }]);
    await w.ecs.close();
  });

  it("starts tasks whose capacity AWS may take back", async () => {
    const w = await world();
    const { taskArn } = await run(w, await w.register("job:1"));
    await w.clock.advance(30_000);
    const task = w.ecs.state.tasks.get(taskArn);
    if (!task) throw new Error("no task");
    w.ecs.interrupt(task, { code: "SpotInterruption", reason: "Your Spot Task was interrupted." });
    await stopped(w, taskArn);
    expect(await described(w, taskArn)).toMatchObject({
      stopCode: "SpotInterruption",
      containers: [{ exitCode: 143 }],
    });
    await w.ecs.close();
  });
});

describe("ListTasks", () => {
  it("finds stopped tasks of a service, and those a deployment started", async () => {
    const w = await world({ "app:bad": { does: "exits", afterMs: 500, code: 1 } });
    await w.call("CreateService", fargateService(await w.register("app:bad"), { desiredCount: 1 }));
    await w.clock.advance(60_000);
    const { taskArns } = (await w.call("ListTasks", {
      cluster: "shop",
      serviceName: "web",
      desiredStatus: "STOPPED",
    })) as {
      taskArns: string[];
    };
    expect(taskArns.length).toBeGreaterThan(0);
    const [deployment] = (await w.service()).deployments;
    expect((await described(w, taskArns[0] ?? "")).startedBy).toBe(deployment?.id);
    const byDeployment = await w.call("ListTasks", {
      cluster: "shop",
      startedBy: deployment?.id,
      desiredStatus: "STOPPED",
    });
    expect(byDeployment["taskArns"]).toEqual(taskArns);
    await w.ecs.close();
  });

  it("refuses startedBy beside another filter", async () => {
    const w = await world();
    await expect(
      w.call("ListTasks", { cluster: "shop", startedBy: "ci", family: "web" }),
    ).rejects.toMatchObject({
      code: "InvalidParameterException",
    });
    await w.ecs.close();
  });

  it("gives long lists in pages", async () => {
    const w = await world();
    await w.call("RunTask", {
      cluster: "shop",
      taskDefinition: await w.register("job:1"),
      networkConfiguration,
      count: 5,
    });
    const first = await w.call("ListTasks", { cluster: "shop", maxResults: 3 });
    const second = await w.call("ListTasks", {
      cluster: "shop",
      maxResults: 3,
      nextToken: first["nextToken"],
    });
    expect([first["taskArns"], second["taskArns"]].flat()).toHaveLength(5);
    expect(second).not.toHaveProperty("nextToken");
    await w.ecs.close();
  });
});

describe("a container health check", () => {
  const healthCheck = { command: ["CMD-SHELL", "curl -f http://localhost:8080/"], interval: 5, retries: 2 };

  it("decides the task's health, and the scheduler replaces a task that fails it", async () => {
    const w = await world({ "app:sick": { does: "unhealthy" } });
    await w.call(
      "CreateService",
      fargateService(await w.register("app:sick", { healthCheck }), { desiredCount: 1, loadBalancers: [] }),
    );
    await w.clock.advance(60_000);
    const { taskArns } = (await w.call("ListTasks", {
      cluster: "shop",
      serviceName: "web",
      desiredStatus: "STOPPED",
    })) as {
      taskArns: string[];
    };
    expect(await described(w, taskArns[0] ?? "")).toMatchObject({
      healthStatus: "UNHEALTHY",
      stopCode: "ServiceSchedulerInitiated",
      stoppedReason: "Task failed container health checks",
    });
    await w.ecs.close();
  });
});
