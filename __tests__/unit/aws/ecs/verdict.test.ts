import { describe, expect, it } from "@jest/globals";
import type { DeploymentState } from "../../../../packages/aws/src/ecs/api/service-deployments.ts";
import type { Rollout, ServiceState } from "../../../../packages/aws/src/ecs/api/services.ts";
import type { StoppedTask } from "../../../../packages/aws/src/ecs/api/tasks.ts";
import { hopeless } from "../../../../packages/aws/src/ecs/deployment/crash.ts";
import { isBack } from "../../../../packages/aws/src/ecs/deployment/see-back.ts";
import { judgeDeployment, judgeRollouts } from "../../../../packages/aws/src/ecs/deployment/verdict.ts";
import { failingContainer, groupTasks } from "../../../../packages/aws/src/ecs/reasons/tasks.ts";

const rollout = (change: Partial<Rollout>): Rollout => ({
  id: "ecs-svc/2",
  status: "PRIMARY",
  taskDefinition: "shop:2",
  desired: 2,
  running: 2,
  pending: 0,
  failed: 0,
  state: "IN_PROGRESS",
  reason: "",
  ...change,
});
const service = (change: Partial<ServiceState>): ServiceState => ({
  arn: "arn",
  name: "shop",
  clusterArn: "arn",
  status: "ACTIVE",
  taskDefinition: "shop:2",
  desired: 2,
  running: 2,
  pending: 0,
  controller: "ECS",
  configuration: {},
  rollouts: [rollout({})],
  taskSets: [],
  currentDeployment: "deployment/2",
  targetGroups: [],
  balancers: [],
  events: [],
  tags: new Map(),
  settings: {},
  ...change,
});
const deployment = (status: string): DeploymentState => ({
  arn: "deployment/2",
  createdAt: 0,
  status,
  reason: "because",
  stage: undefined,
  requested: 2,
  running: 2,
  pending: 0,
  rollbackReason: "",
  breaker: undefined,
  alarms: [],
  weight: 0,
  waiting: [],
  target: "revision/2",
  sources: [],
  configuration: {},
});

describe("the verdict on a service deployment", () => {
  it.each([
    ["SUCCESSFUL", "serving"],
    ["ROLLBACK_SUCCESSFUL", "rolled-back"],
    ["ROLLBACK_FAILED", "rollback-failed"],
    ["STOPPED", "stopped"],
    ["IN_PROGRESS", undefined],
    ["STOP_REQUESTED", undefined],
    ["ROLLBACK_IN_PROGRESS", undefined],
    ["A_WORD_OF_TOMORROW", undefined],
  ])("of status %s is %s", (status, kind) => {
    expect(judgeDeployment(deployment(status), service({}), "shop:2")?.kind).toBe(kind);
  });

  it("is superseded when it was stopped and the service runs another revision", () => {
    const taken = service({ taskDefinition: "shop:3" });
    expect(judgeDeployment(deployment("STOPPED"), taken, "shop:2")?.kind).toBe("superseded");
  });

  it("is superseded when it was successful but another revision is on its way by now", () => {
    const taken = service({ taskDefinition: "shop:3" });
    expect(judgeDeployment(deployment("SUCCESSFUL"), taken, "shop:2")?.kind).toBe("superseded");
  });

  it("is superseded when it was stopped for a later deployment of the same revision", () => {
    const taken = service({ currentDeployment: "deployment/3" });
    expect(judgeDeployment(deployment("STOPPED"), taken, "shop:2")?.kind).toBe("superseded");
  });
});

describe("the verdict on rollout states", () => {
  const expected = {
    taskDefinition: "shop:2",
    previous: "shop:1",
    others: new Set(["ecs-svc/1"]),
    begun: true,
  };
  const old = rollout({ id: "ecs-svc/1", taskDefinition: "shop:1", state: "COMPLETED" });

  it.each([
    ["our rollout is complete", [rollout({ state: "COMPLETED" })], "serving"],
    ["our rollout is in progress, though in full number", [rollout({})], undefined],
    ["our rollout failed", [rollout({ state: "FAILED" })], "stopped"],
    ["the previous one serves again", [old, rollout({ status: "ACTIVE", state: "FAILED" })], "rolled-back"],
    ["a third one took over", [rollout({ id: "ecs-svc/3", taskDefinition: "shop:3" })], "superseded"],
    ["a later API has another word", [rollout({ state: "TOMORROW" })], undefined],
  ])("when %s is right", (_when, rollouts, kind) => {
    expect(judgeRollouts(service({ rollouts }), expected)?.kind).toBe(kind);
  });

  it("waits while more tasks run than are wanted by now", () => {
    const rollouts = [rollout({ state: "COMPLETED", running: 3 })];
    expect(judgeRollouts(service({ rollouts, running: 3 }), expected)).toBeUndefined();
  });

  it("waits while the answer is older than our update", () => {
    expect(judgeRollouts(service({ rollouts: [old] }), { ...expected, begun: false })).toBeUndefined();
  });
});

describe("the way back", () => {
  const back = { address: { cluster: "default", service: "shop" }, ours: "shop:2", previous: "shop:1" };

  it.each([
    ["COMPLETED", true],
    ["IN_PROGRESS", true],
    ["A_WORD_OF_TOMORROW", true],
    ["FAILED", false],
  ])("with the previous revision in full number and %s is seen: %s", (state, seen) => {
    const rollouts = [rollout({ taskDefinition: "shop:1", state })];
    expect(isBack(service({ taskDefinition: "shop:1", rollouts }), back)).toBe(seen);
  });

  const begun = rollout({ id: "ecs-svc/3", taskDefinition: "shop:1", running: 0 });
  const serving = rollout({ id: "ecs-svc/1", taskDefinition: "shop:1", status: "ACTIVE" });

  it("from a restart is not seen while the restart is still under way", () => {
    const restart = { ...back, ours: "shop:1" };
    expect(isBack(service({ taskDefinition: "shop:1", rollouts: [begun, serving] }), restart)).toBe(false);
  });
});

const task = (change: Partial<StoppedTask>): StoppedTask => ({
  arn: "arn",
  id: "1",
  taskDefinition: "shop:2",
  startedBy: "ecs-svc/2",
  stopCode: "EssentialContainerExited",
  reason: "Essential container in task exited",
  stoppingAt: 0,
  containers: [{ name: "api", exitCode: 1, reason: "" }],
  ...change,
});

describe("giving up on a deployment", () => {
  const record = { desired: 2, failed: 1, guarded: false, stopped: [] };

  it.each([
    "CannotPullContainerError: failed to resolve ref shop:2: not found",
    "CannotPullContainerError: pull command failed",
    "CannotPullContainerError: retried 5 times\nrequest timed out, then: manifest unknown",
    "ResourceInitializationError: unable to pull secrets:\nAccessDeniedException",
  ])("takes one task that no repetition helps: %j", (reason) => {
    expect(hopeless({ ...record, stopped: [task({ reason })] })).toBe(reason);
  });

  it.each([
    "CannotPullContainerError: dial tcp 10.0.0.1:443: i/o timeout",
    "CannotPullContainerError: toomanyrequests: You have reached your pull rate limit",
    "CannotPullContainerError: received unexpected HTTP status: 503 Service Unavailable",
  ])("takes more than one fault that may pass: %j", (reason) => {
    expect(hopeless({ ...record, stopped: [task({ reason })] })).toBeUndefined();
  });

  it.each([
    [2, 2, false],
    [2, 3, true],
    [20, 9, false],
    [20, 10, true],
  ])("with %i tasks desired and %i failed in a row is %s", (desired, failed, gaveUp) => {
    expect(hopeless({ ...record, desired, failed }) !== undefined).toBe(gaveUp);
  });

  it("is left to the service's own circuit breaker where there is one", () => {
    expect(hopeless({ ...record, failed: 10, guarded: true })).toBeUndefined();
  });
});

describe("reasons of stopped tasks", () => {
  it("are grouped though addresses and ids differ, most frequent first", () => {
    const groups = groupTasks([
      task({ reason: "Task failed ELB health checks in (target 10.0.0.1:3000)", containers: [] }),
      task({}),
      task({ id: "2" }),
      task({ reason: "Task failed ELB health checks in (target 10.0.0.2:3000)", containers: [] }),
      task({ id: "3" }),
    ]);
    expect(groups.map((group) => group.count)).toEqual([3, 2]);
    expect(groups[0]?.text).toBe("Essential container in task exited (api: exit code 1)");
  });

  it("blame the container that ended the task, not those that were ended with it", () => {
    const [group] = groupTasks([
      task({
        containers: [
          { name: "proxy", exitCode: 143, reason: "" },
          { name: "api", exitCode: 9, reason: "" },
          { name: "agent", exitCode: 0, reason: "" },
        ],
      }),
    ]);
    expect(group?.text).toBe("Essential container in task exited (api: exit code 9; agent: exit code 0)");
    expect(group && failingContainer(group.sample)).toBe("api");
  });

  it.each([
    ["one that was killed out of memory", { name: "api", exitCode: 137, reason: "OutOfMemoryError: killed" }],
    [
      "one that could not be pulled",
      { name: "api", exitCode: undefined, reason: "CannotPullContainerError" },
    ],
    ["one that ended well though it should not end", { name: "api", exitCode: 0, reason: "" }],
  ])("blame %s before one that was terminated", (_which, culprit) => {
    const containers = [{ name: "proxy", exitCode: 143, reason: "" }, culprit];
    expect(failingContainer(task({ containers }))).toBe("api");
  });

  it("leave out tasks that the scheduler merely replaced", () => {
    const reason = "Scaling activity initiated by (deployment ecs-svc/3)";
    expect(groupTasks([task({ reason, containers: [{ name: "api", exitCode: 0, reason: "" }] })])).toEqual(
      [],
    );
  });
});
