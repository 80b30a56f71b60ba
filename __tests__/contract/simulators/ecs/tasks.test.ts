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
