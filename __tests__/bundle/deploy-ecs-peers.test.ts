import { readFileSync, statSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { container, definition, deployWorld } from "./deploy-world.ts";

const world = deployWorld({
  definition: definition("shop", container("api", "api:1"), container("proxy", "proxy:1")),
  services: [{ name: "shop" }],
});

describe("a workflow of the render and deploy actions", () => {
  it("renders twice and deploys, with nothing changed but `uses`", async () => {
    const api = await world.run({
      "task-definition": "task-definition.json",
      "container-name": "api",
      image: "api:2",
    });
    expect(api.errors).toEqual([]);
    const proxy = await world.run({
      "task-definition": api.outputs["task-definition"] ?? "",
      "container-name": "proxy",
      image: "proxy:2",
    });
    expect(proxy.errors).toEqual([]);
    const rendered = proxy.outputs["task-definition"] ?? "";
    expect(statSync(rendered).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(rendered, "utf8"))).toMatchObject({
      family: "shop",
      containerDefinitions: [
        { name: "api", image: "api:2" },
        { name: "proxy", image: "proxy:2" },
      ],
    });

    const before = world.sent("RegisterTaskDefinition").length;
    const deployed = await world.run({
      "task-definition": rendered,
      service: "shop",
      cluster: "default",
      "wait-for-service-stability": "true",
      "wait-for-minutes": "600",
    });
    expect(deployed.errors).toEqual([]);
    expect(deployed.outputs).toMatchObject({
      result: "deployed",
      "task-definition-arn": proxy.outputs["task-definition-arn"],
    });
    expect(deployed.outputs).not.toHaveProperty("task-definition");
    expect(world.sent("RegisterTaskDefinition")).toHaveLength(before);
  });

  it("deploys with the three permissions that the deploy action asks for, and says what it does without others", async () => {
    const others = ["DescribeTaskDefinition", "TagResource", "UntagResource", "ListTasks", "DescribeTasks"];
    for (const action of [...others, "ListServiceDeployments", "DescribeServiceRevisions"])
      world.aws.faults.add({ action, fault: { kind: "denied" } });
    const { errors, outputs, stdout } = await world.deploy();
    expect(errors).toEqual([]);
    expect(outputs["result"]).toBe("deployed");
    const answered = world.aws.calls.all.filter(({ status }) => status === 200).map(({ action }) => action);
    expect([...new Set(answered)].sort()).toEqual([
      "DescribeServices",
      "RegisterTaskDefinition",
      "UpdateService",
    ]);
    expect(stdout).toMatch(/::warning::What is registered cannot be compared.*ecs:DescribeTaskDefinition/);
  });

  it("may only render, in a dry run", async () => {
    const { outputs } = await world.run({
      "task-definition-family": "shop",
      "container-name": "api",
      image: "api:3",
      "dry-run": "true",
    });
    expect(outputs["result"]).toBe("planned");
    expect(readFileSync(outputs["task-definition"] ?? "", "utf8")).toContain('"api:3"');
    expect(world.writes()).toEqual([]);
  });

  it("takes the file where the workflow names a family too, and says so", async () => {
    const { outputs, stdout } = await world.run({
      "task-definition": "task-definition.json",
      "task-definition-family": "other",
      "task-definition-revision": "7",
      "container-name": "api",
      image: "api:2",
    });
    expect(outputs["result"]).toBe("registered");
    expect(stdout).toContain(
      "::warning::`task-definition-family` is not used, because `task-definition` is given.",
    );
  });

  it("registers only without a service, whatever else the deploy action would take", async () => {
    const { outputs, errors, stdout } = await world.run({
      "task-definition": "task-definition.json",
      "container-name": "api",
      image: "api:2",
      "desired-count": "2",
      "force-new-deployment": "true",
      "enable-ecs-managed-tags": "true",
      "propagate-tags": "SERVICE",
      "service-managed-ebs-volume": "{}",
      "wait-for-service-stability": "true",
      "codedeploy-application": "shop",
      "run-task-tags": "[]",
    });
    expect(errors).toEqual([]);
    expect(outputs["result"]).toBe("registered");
    expect(stdout).toContain("::warning::`desired-count` has no effect, because `service` is empty.");
    expect(stdout).toContain("::warning::`codedeploy-application` has no effect");
    expect(stdout).not.toContain("`service-managed-ebs-volume` has no effect");
    expect(world.writes()).toEqual(["RegisterTaskDefinition"]);
  });

  it("gives a one-off task managed tags, and takes the capacity provider strategy beside a launch type", async () => {
    const { outputs, stdout, summary } = await world.run({
      "task-definition": "shop",
      "run-task": "true",
      "run-task-subnets": "subnet-1",
      "run-task-launch-type": "FARGATE",
      "run-task-capacity-provider-strategy": '[{"capacityProvider": "FARGATE_SPOT", "weight": 1}]',
      "enable-ecs-managed-tags": "true",
      "wait-for-task-stopped": "false",
      "dry-run": "true",
    });
    expect(outputs["result"]).toBe("planned");
    expect(summary).toMatch(/run 1 task on FARGATE\\?_SPOT/);
    expect(stdout).toContain("::warning::`run-task-launch-type` is not used");
    expect(stdout).not.toContain("`enable-ecs-managed-tags` has no effect");
  });
});

describe("a workflow of an action that runs a task", () => {
  const task = {
    "task-definition": "shop",
    cluster: "default",
    "subnet-ids": "subnet-1\nsubnet-2\n",
    "security-group-ids": "sg-1\n",
    "assign-public-ip": "ENABLED",
    "override-container": "proxy",
    "override-container-command": "sh\n-c\necho a \\\nb\n",
    "override-container-environment": "URL=https://x?a=b\nEMPTY=\n",
    "tail-logs": "true",
    "task-stop-max-wait-time": "600",
    "task-check-state-delay": "1",
  };

  it("runs it on Fargate and answers the outputs of that action", async () => {
    world.runtime.script("proxy:1", { does: "exits", afterMs: 300, code: 0, lines: ["one", "two"] });
    const { outputs, errors } = await world.run(task);
    expect(errors).toEqual([]);
    const [arn = ""] = JSON.parse(outputs["run-task-arn"] ?? "[]") as string[];
    expect(outputs).toMatchObject({
      result: "task-succeeded",
      "task-arn": arn,
      "task-id": arn.split("/").at(-1),
      "log-output": "one\ntwo",
    });
    expect(world.sent("RunTask")).toMatchObject([
      {
        launchType: "FARGATE",
        networkConfiguration: {
          awsvpcConfiguration: {
            subnets: ["subnet-1", "subnet-2"],
            securityGroups: ["sg-1"],
            assignPublicIp: "ENABLED",
          },
        },
        overrides: {
          containerOverrides: [
            {
              name: "proxy",
              command: ["sh", "-c", "echo a b"],
              environment: [
                { name: "URL", value: "https://x?a=b" },
                { name: "EMPTY", value: "" },
              ],
            },
          ],
        },
      },
    ]);
    expect(world.writes()).toEqual(["RunTask"]);
  });

  it("is bounded by that action's own time, and stopped then", async () => {
    const { errors } = await world.run({ ...task, "task-stop-max-wait-time": "2" });
    expect(errors[0]).toMatch(/^TASK_TIMEOUT: .*did not end within 2 s/);
    expect(world.writes()).toEqual(["RunTask", "StopTask"]);
  });

  it("runs none where `run-task` says so, and is told of inputs that mean the same", async () => {
    const none = await world.run({ ...task, "run-task": "false" });
    expect(none.outputs["result"]).toBe("unchanged");
    const both = await world.run({ ...task, "run-task-subnets": "subnet-9" });
    expect(both.errors[0]).toMatch(/subnet-ids: it means the same as `run-task-subnets`/);
    expect(world.writes()).toEqual([]);
  });
});

describe("documents among the inputs", () => {
  it("are checked together, before anything is called", async () => {
    const before = world.aws.calls.all.length;
    const { errors } = await world.run({
      "task-definition": "task-definition.json",
      service: "shop",
      update: '{"desiredCont": 2}',
      "run-task": "true",
      "run-task-container-overrides": '[{"name": "api", "comand": ["x"]}]',
    });
    expect(errors[0]).toMatch(/desiredCont is not known.*desiredCount/);
    expect(errors[0]).toMatch(/run-task-container-overrides\[0\]\.comand is not known.*command/);
    expect(world.aws.calls.all).toHaveLength(before);
  });
});
