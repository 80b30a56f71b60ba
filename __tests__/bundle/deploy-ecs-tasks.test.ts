import { beforeEach, describe, expect, it } from "@jest/globals";
import { container, definition, deployWorld, type Inputs } from "./deploy-world.ts";
import type { StepOptions } from "./runner-step.ts";

const world = deployWorld();
beforeEach(() => world.write("job.json", definition("job", container("job", "job:1"))));

const aTask = {
  "task-definition": "job.json",
  "run-task": "true",
  "run-task-subnets": "subnet-1",
  "poll-interval": "100ms",
};
/** Runs the step; `inputs` are laid over a task of `job.json`. */
const run = (inputs: Inputs = {}, more: Partial<StepOptions> = {}) =>
  world.run({ ...aTask, ...inputs }, more);
/** The inputs of a task before a deployment of `shop`. */
const beforeDeploying = {
  "task-definition": "task-definition.json",
  "container-name": "api",
  image: "shop:2",
  service: "shop",
  "run-task-subnets": "",
};
const ends = (code: number, ...lines: string[]) => ({ does: "exits", afterMs: 300, code, lines }) as const;

describe("a one-off task of the deploy-ecs bundle", () => {
  it("is the whole run without a service", async () => {
    world.runtime.script("job:1", ends(0, "migrated"));
    const { exitCode, errors, outputs, stdout, summary } = await run();
    expect(errors).toEqual([]);
    expect(exitCode).toBe(0);
    expect(outputs).toMatchObject({
      result: "task-succeeded",
      "run-task-arn": JSON.stringify([world.oneOffTasks()[0]?.arn]),
      "run-task-exit-code": "0",
      "task-definition-arn": expect.stringMatching(/job:1$/),
      "console-url": expect.stringContaining(String(world.oneOffTasks()[0]?.id)),
    });
    expect(stdout).toContain("job │ migrated");
    expect(summary).toContain("task-succeeded");
    expect(world.sent("DescribeServices")).toEqual([]);
  });

  it("runs with the service's settings before the service is updated", async () => {
    world.runtime.script("shop:2", ends(0));
    world.aws.calls.follow((call) => {
      if (call.action === "UpdateService") world.runtime.script("shop:2", { does: "runs" });
    });
    const { outputs, errors } = await run({ ...beforeDeploying, "run-task-command": "migrate --to 'a b'" });
    expect(errors).toEqual([]);
    expect(outputs["result"]).toBe("deployed");
    expect(world.sent("RunTask")).toMatchObject([
      {
        launchType: "FARGATE",
        overrides: { containerOverrides: [{ name: "api", command: ["migrate", "--to", "a b"] }] },
      },
    ]);
    expect(await world.revision()).toBe("shop:2");
  });

  it("that fails fails the step, with its last lines, and the service stays", async () => {
    world.runtime.script("shop:2", ends(3, "no such table", "::set-output name=x::1", "##[add-mask]y"));
    const { exitCode, errors, outputs, stdout, summary } = await run(beforeDeploying);
    expect(exitCode).toBe(1);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/^TASK_FAILED: The container api ended with exit code 3\./);
    expect(outputs).toMatchObject({ result: "failed", "run-task-exit-code": "3" });
    expect(stdout).toContain("no such table");
    expect(stdout).not.toMatch(/^\s*::set-output/m);
    expect(stdout).not.toContain("##[add-mask]");
    expect(summary).toContain("no such table");
    expect(await world.revision()).toBe("shop:1");
  });

  it("takes every input of the run-task family, by the peers' names", async () => {
    const { errors } = await run({
      "run-task-container": "job",
      "run-task-container-overrides": '[{"name":"job","environment":[{"name":"A","value":"x=y"}],"cpu":64}]',
      "run-task-command": '["sh","-c","echo $HOME"]',
      "run-task-subnets": " subnet-1,\n subnet-2 ,",
      "run-task-security-groups": "sg-1 , sg-2",
      "run-task-assign-public-ip": "ENABLED",
      "run-task-launch-type": "fargate",
      "run-task-started-by": "nightly/1",
      "run-task-tags": '[{"key":"team","value":"shop"}]',
      "run-task-capacity-provider-strategy": "[]",
      "run-task-managed-ebs-volume": "{}",
      "run-task-count": "2",
      "wait-for-task-stopped": "false",
    });
    expect(errors).toEqual([]);
    expect(world.sent("RunTask")).toEqual([
      {
        cluster: "default",
        taskDefinition: expect.stringMatching(/job:1$/),
        clientToken: expect.stringMatching(/^.{1,64}$/),
        count: 2,
        startedBy: "nightly/1",
        launchType: "FARGATE",
        tags: [{ key: "team", value: "shop" }],
        networkConfiguration: {
          awsvpcConfiguration: {
            subnets: ["subnet-1", "subnet-2"],
            securityGroups: ["sg-1", "sg-2"],
            assignPublicIp: "ENABLED",
          },
        },
        overrides: {
          containerOverrides: [
            {
              name: "job",
              environment: [{ name: "A", value: "x=y" }],
              cpu: 64,
              command: ["sh", "-c", "echo $HOME"],
            },
          ],
        },
      },
    ]);
  });

  it("says every mistake among its inputs at once, and calls nothing", async () => {
    const before = world.aws.calls.all.length;
    const { exitCode, errors } = await run({
      "run-task-tags": '{"key":"team"}',
      "run-task-container-overrides": "[1]",
      "run-task-started-by": "x".repeat(129),
      "run-task-count": "11",
      "run-task-assign-public-ip": "maybe",
    });
    expect(exitCode).toBe(1);
    expect(errors[0]).toMatch(/run-task-tags is .*no JSON array/);
    expect(errors[0]).toMatch(/run-task-container-overrides is .*its item \[0\] is no object/);
    expect(errors[0]).toMatch(/run-task-started-by is "x+…"; accepted: up to 128 characters/);
    expect(errors[0]).toMatch(/run-task-count is "11"/);
    expect(errors[0]).toMatch(/run-task-assign-public-IP is "maybe"/);
    expect(world.aws.calls.all).toHaveLength(before);
  });

  it("sends a launch type or a strategy, never both, and says which", async () => {
    const strategy = [{ capacityProvider: "FARGATE_SPOT" }];
    const { stdout } = await run({
      "run-task-launch-type": "EC2",
      "run-task-capacity-provider-strategy": JSON.stringify(strategy),
    });
    expect(stdout).toContain(
      "::warning::`run-task-launch-type` is not used, because `run-task-capacity-provider-strategy` is given.",
    );
    const [asked] = world.sent("RunTask");
    expect(asked).toMatchObject({ capacityProviderStrategy: strategy });
    expect(asked).not.toHaveProperty("launchType");
    const { errors: managed } = await run({ "run-task-launch-type": "MANAGED_INSTANCES" });
    expect(managed[0]).toMatch(/MANAGED_INSTANCES only as a capacity provider/);
  });

  it("names an unknown member with its path, before anything is written", async () => {
    const { errors } = await run({ "run-task-container-overrides": '[{"name":"job","enviroment":[]}]' });
    expect(errors[0]).toMatch(
      /^INPUT_INVALID: .*run-task-container-overrides\[0\]\.enviroment .*nearest key is environment/,
    );
    expect(world.sent("RegisterTaskDefinition")).toEqual([]);
  });

  it("is planned by a dry run, which writes nothing", async () => {
    const { outputs, summary } = await run({ "dry-run": "true" });
    expect(outputs["result"]).toBe("planned");
    expect(summary).toContain("run 1 task");
    expect(world.sent("RunTask")).toEqual([]);
    expect(world.sent("RegisterTaskDefinition")).toEqual([]);
  });

  it("is started once though the answer was lost", async () => {
    world.runtime.script("job:1", ends(0));
    world.aws.faults.add({ action: "RunTask", nth: 1, fault: { kind: "lost-answer" } });
    const { outputs } = await run();
    expect(outputs["result"]).toBe("task-succeeded");
    expect(world.oneOffTasks()).toHaveLength(1);
  });

  it("is stopped at once when the run is cancelled", async () => {
    const { exitCode, outputs, tookToStop, post } = await run(
      {},
      { interruptWhen: () => world.oneOffTasks()[0]?.lastStatus === "RUNNING", post: "run" },
    );
    expect(exitCode).toBe(1);
    expect(outputs["result"]).toBe("cancelled");
    expect(tookToStop).toBeLessThan(7_000);
    expect(world.oneOffTasks()).toHaveLength(1);
    expect(world.oneOffTasks()[0]?.stoppedReason).toBe("Stopped by deploy-ecs: its run was cancelled");
    expect(post?.exitCode).toBe(0);
  });

  it("is stopped by the post step when the step is killed", async () => {
    const { outputs, post } = await run(
      {},
      { killWhen: () => world.oneOffTasks()[0]?.lastStatus === "RUNNING", post: "run" },
    );
    expect(outputs["result"]).toBeUndefined();
    expect(JSON.parse(outputs["run-task-arn"] ?? "[]")).toEqual([world.oneOffTasks()[0]?.arn]);
    expect(post?.exitCode).toBe(0);
    expect(world.oneOffTasks()[0]?.desiredStatus).toBe("STOPPED");
  });

  it("is found and stopped when the step is killed before it has heard of its task", async () => {
    world.aws.faults.add({ action: "RunTask", fault: { kind: "lost-answer" } });
    world.aws.calls.follow((call) => {
      if (call.action === "RunTask") world.aws.faults.add({ fault: { kind: "hang" } });
    });
    const { outputs, post } = await run(
      {},
      {
        killWhen: () => {
          const isKnown = world.oneOffTasks().length > 0;
          if (isKnown) world.aws.faults.clear();
          return isKnown;
        },
        post: "run",
      },
    );
    expect(outputs["run-task-arn"]).toBeUndefined();
    expect(post?.exitCode).toBe(0);
    expect(world.oneOffTasks()).toHaveLength(1);
    expect(world.oneOffTasks()[0]?.desiredStatus).toBe("STOPPED");
  });

  it("of a run that was killed, without a post step, is stopped by the next attempt before its own starts", async () => {
    await run({}, { killWhen: () => world.oneOffTasks()[0]?.lastStatus === "RUNNING" });
    const [orphan] = world.oneOffTasks();
    expect(orphan?.desiredStatus).toBe("RUNNING");
    world.runtime.script("job:1", ends(0));
    const { outputs, stdout } = await run({}, { environment: { GITHUB_RUN_ATTEMPT: "2" } });
    expect(outputs["result"]).toBe("task-succeeded");
    expect(orphan?.stoppedReason).toBe("Stopped by deploy-ecs: the run that started it died");
    expect(orphan?.stoppedAt).toBeLessThanOrEqual(world.oneOffTasks()[1]?.createdAt ?? 0);
    expect(stdout).toMatch(
      /::notice::The one-off task \w+ of job:1, started by run 1001, still runs\. That run died/,
    );
  });

  it("that may not be started names the permission, and nothing is updated", async () => {
    world.aws.faults.add({ action: "RunTask", fault: { kind: "denied" } });
    const { errors } = await run(beforeDeploying);
    expect(errors[0]).toMatch(/^ACCESS_DENIED: ecs:RunTask .*Allow ecs:RunTask/);
    expect(world.sent("UpdateService")).toEqual([]);
  });
});
