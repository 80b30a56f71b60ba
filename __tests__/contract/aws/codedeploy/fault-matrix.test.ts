import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { Fault } from "../../../../packages/simulators/src/faults/fault.ts";
import { type Ending, type World, world } from "./world.ts";

let web: World;
beforeEach(async () => {
  web = await world({
    members: {
      blueGreenDeploymentConfiguration: {
        terminateBlueInstancesOnDeploymentSuccess: { action: "TERMINATE", terminationWaitTimeInMinutes: 2 },
        deploymentReadyOption: { actionOnTimeout: "CONTINUE_DEPLOYMENT" },
      },
    },
  });
});
afterEach(async () => {
  expect(web.aws.violations).toEqual([]);
  await web.close();
});

const throttle = { kind: "throttle" } as const;
const unavailable = { kind: "server-error", status: 503 } as const;
const reset = { kind: "reset" } as const;
const lost = { kind: "lost-answer" } as const;
const denied = { kind: "denied" } as const;
const troubles: Fault[] = [throttle, unavailable, reset, lost];
const cellsOf = (actions: readonly string[]) =>
  actions.flatMap((action) => troubles.map((fault) => ({ action, fault, name: fault.kind })));

/** Lets the account come to rest and expects one revision in full number, with all traffic. */
async function expectServing(image: "web:1" | "web:2"): Promise<void> {
  web.aws.faults.clear();
  await web.time.advance(900_000);
  expect(web.running()).toEqual([image, image]);
  expect(await web.taskSets()).toEqual([`${image} PRIMARY`]);
  expect(web.weights().filter((weight) => weight > 0)).toHaveLength(1);
}

const codeOf = ({ report }: Ending) => report.failure?.code;

describe("every call of a deployment that fails once", () => {
  const actions = [
    "GetDeploymentGroup",
    "ListDeployments",
    "CreateDeployment",
    "GetDeployment",
    "ListDeploymentTargets",
    "BatchGetDeploymentTargets",
    "DescribeServices",
  ];
  it.each(cellsOf(actions))("deploys once and ends green: $action, $name", async ({ action, fault }) => {
    web.aws.faults.add({ action, fault, nth: 1 });
    const end = await web.deploy();
    expect(codeOf(end)).toBeUndefined();
    const made = web.aws.calls.of("codedeploy", "CreateDeployment").filter(({ applied }) => applied);
    expect(made).toHaveLength(1);
    await expectServing("web:2");
  });
});

describe("the call that goes back, failing once", () => {
  it.each(cellsOf(["StopDeployment"]))(
    "goes back all the same: $action, $name",
    async ({ action, fault }) => {
      web.runtime.script("web:2", { does: "pull-failure" });
      web.aws.faults.add({ action, fault, nth: 1 });
      const end = await web.deploy();
      expect(codeOf(end)).toBe("DEPLOYMENT_FAILED");
      expect(end.journal.restored).toBe(true);
      await expectServing("web:1");
    },
  );

  it("that is refused is said, and nothing is claimed", async () => {
    web.runtime.script("web:2", { does: "unhealthy" });
    web.aws.faults.add({ action: "StopDeployment", fault: denied });
    const end = await web.deploy({ waiting: { every: 5_000, timeout: 1_000, until: { kind: "stable" } } });
    expect(codeOf(end)).toBe("UNDO_INCOMPLETE");
    expect(end.report.failure?.message).toContain("codedeploy:StopDeployment");
    expect(end.journal.restored).toBe(false);
    expect(end.state.get("recovery")).toContain('"kind":"codedeploy"');
    web.aws.faults.clear();
    await end.post();
    await expectServing("web:1");
  });
});

describe("a creation that is refused", () => {
  it("leaves nothing to undo and nothing for the post step", async () => {
    web.aws.faults.add({ action: "CreateDeployment", fault: denied });
    const end = await web.deploy();
    expect(codeOf(end)).toBe("ACCESS_DENIED");
    expect(end.state.get("recovery") ?? "").toBe("");
    await expectServing("web:1");
  });

  it("after an answer that was lost is not taken for one that changed nothing", async () => {
    web.aws.faults.add({ action: "CreateDeployment", fault: lost, nth: 1 });
    web.aws.faults.add({ action: "ListDeployments", fault: denied, nth: 2 });
    web.aws.faults.add({ action: "GetDeploymentGroup", fault: denied, nth: 2 });
    const end = await web.deploy();
    expect(codeOf(end)).toBe("ACCESS_DENIED");
    await end.post();
    await expectServing("web:1");
  });
});

describe("a cancellation", () => {
  const moments = [
    { action: "CreateDeployment", nth: 1 },
    { action: "GetDeployment", nth: 1 },
    { action: "GetDeployment", nth: 9 },
  ];
  it.each(moments)("after $action $nth stops the deployment at once", async (cancel) => {
    const end = await web.deploy({}, { cancel });
    expect(codeOf(end)).toBe("CANCELLED");
    expect(web.sent("StopDeployment")[0]).toMatchObject({ autoRollbackEnabled: true });
    await end.post();
    await expectServing("web:1");
  });

  it("before anything was created touches nothing", async () => {
    const end = await web.deploy({}, { cancel: { action: "GetDeploymentGroup", nth: 1 } });
    expect(codeOf(end)).toBe("CANCELLED");
    expect(web.sent("CreateDeployment")).toEqual([]);
    expect(web.sent("StopDeployment")).toEqual([]);
    await expectServing("web:1");
  });

  it.each(troubles.map((fault) => ({ fault, name: fault.kind })))(
    "whose stopping call meets trouble gets through: $name",
    async ({ fault }) => {
      web.aws.faults.add({ action: "StopDeployment", fault, nth: 1 });
      const end = await web.deploy({}, { cancel: { action: "GetDeployment", nth: 3 } });
      expect(codeOf(end)).toBe("CANCELLED");
      await end.post();
      await expectServing("web:1");
    },
  );

  it("leaves the deployment where that is wished", async () => {
    const rollback = { onFailure: true, onCancel: false };
    const end = await web.deploy({ rollback }, { cancel: { action: "GetDeployment", nth: 3 } });
    expect(codeOf(end)).toBe("CANCELLED");
    expect(web.sent("StopDeployment")).toEqual([]);
    expect(end.state.get("recovery") ?? "").toBe("");
    await expectServing("web:2");
  });

  it("gives the service its number of tasks back", async () => {
    const end = await web.deploy({ desired: 4 }, { cancel: { action: "GetDeployment", nth: 3 } });
    await end.post();
    await expectServing("web:1");
  });
});

describe("a run that was killed", () => {
  it.each([
    { action: "CreateDeployment", applied: true },
    { action: "CreateDeployment", applied: false },
    { action: "GetDeployment", applied: true },
  ])("at $action (carried out: $applied) is continued by the next, which deploys once", async (death) => {
    await web.die(death.action, death.applied);
    const end = await web.deploy();
    expect(codeOf(end)).toBeUndefined();
    const begun = death.action === "CreateDeployment" && !death.applied ? "deploy" : "adopt";
    expect(end.journal.change).toBe(begun);
    expect(web.aws.calls.of("codedeploy", "CreateDeployment").filter(({ applied }) => applied)).toHaveLength(
      1,
    );
    await expectServing("web:2");
  });

  it("never leaves traffic shared: CodeDeploy goes back by itself when the revision fails", async () => {
    web.runtime.script("web:2", { does: "pull-failure" });
    await web.die("GetDeployment", true);
    await web.time.advance(4_000_000);
    await expectServing("web:1");
  });
});

describe("a health check that fails after CodeDeploy has succeeded", () => {
  it("is answered by a deployment of the previous revision", async () => {
    const end = await web.deploy(
      {},
      { afterwards: () => Promise.reject(new Error("The address answers 500.")) },
    );
    expect(end.journal.restored).toBe(true);
    expect(web.sent("CreateDeployment")).toHaveLength(2);
    await expectServing("web:1");
  });
});
