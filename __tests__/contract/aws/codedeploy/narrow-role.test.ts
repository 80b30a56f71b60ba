import { CreateDeploymentCommand } from "@aws-sdk/client-codedeploy";
import { afterEach, describe, expect, it } from "@jest/globals";
import type { JsonObject } from "#ship/simulators";
import { revision } from "../../simulators/codedeploy/world.ts";
import { names, type World, world } from "./world.ts";

let web: World;
afterEach(async () => {
  expect(web.aws.violations).toEqual([]);
  await web.close();
});

/** What the policy of amazon-ecs-deploy-task-definition's documentation leaves out. */
const beyond = [
  "ListDeployments",
  "StopDeployment",
  "ListDeploymentTargets",
  "BatchGetDeploymentTargets",
  "ContinueDeployment",
  "ListTasks",
  "TagResource",
  "UntagResource",
];

/** The account with a role that may do no more than the action that people come from needs. */
async function narrow(members: JsonObject = {}): Promise<void> {
  web = await world({ members });
  for (const action of beyond) web.aws.faults.add({ action, fault: { kind: "denied" } });
}

describe("a role that may only create and look at deployments", () => {
  it("deploys, says what it cannot see, and is unchanged the next time", async () => {
    await narrow();
    const end = await web.deploy();
    expect(end.report.failure).toBeUndefined();
    expect(end.log.join("\n")).toMatch(/Deployments cannot be listed .*ListDeployments/);
    expect(end.log.join("\n")).toMatch(/Lifecycle events cannot be read/);
    const second = await web.deploy();
    expect(second.journal.change).toBe("nothing");
    expect(web.sent("CreateDeployment")).toHaveLength(1);
  });

  it("sees CodeDeploy itself bring the previous revision back", async () => {
    await narrow();
    web.runtime.script("web:2", { does: "exits", afterMs: 1_000, code: 1 });
    const waiting = { every: 5_000, timeout: 7_200_000, until: { kind: "stable" } as const };
    const end = await web.deploy({ waiting });
    expect(end.report.failure).toMatchObject({ code: "DEPLOYMENT_FAILED" });
    expect(end.journal.restored).toBe(true);
    expect(await web.taskSets()).toContain("web:1 PRIMARY");
  });

  it("takes traffic that it cannot see for shared, unless all of it moves at once", async () => {
    await narrow({ autoRollbackConfiguration: { enabled: false, events: [] } });
    const stopAt = (green: number) => {
      const unfollow = web.aws.calls.follow((call) => {
        if (call.action !== "GetDeployment" || web.weights()[1] !== green) return;
        unfollow();
        const [{ deploymentId } = {}] = web.sent("GetDeployment").slice(-1);
        web.aws
          .call("codedeploy", "StopDeployment", { deploymentId, autoRollbackEnabled: false })
          .catch(() => {});
      });
    };
    stopAt(0);
    const whole = await web.deploy();
    expect(whole.journal.restored).toBe(true);
    expect(web.sent("CreateDeployment")).toHaveLength(1);
    stopAt(10);
    const settings = { configuration: "CodeDeployDefault.ECSCanary10Percent15Minutes" };
    const canary = await web.deploy({ settings });
    expect(canary.journal.restored).toBe(true);
    expect(web.sent("CreateDeployment").slice(1)).toMatchObject([
      { deploymentConfigName: settings.configuration },
      { description: expect.stringContaining("Way back from d-") },
    ]);
  });

  it("waits for somebody else's deployment, which the group names", async () => {
    await narrow();
    const { deploymentId } = await web.client.send(
      new CreateDeploymentCommand({ ...names, revision: revision(await web.register("web:3")) }),
    );
    const end = await web.deploy();
    expect(end.report.failure).toBeUndefined();
    expect(end.log.join("\n")).toContain(`${deploymentId} (Created) is under way; waiting for it.`);
  });

  it("finds its deployment again after a lost answer", async () => {
    await narrow();
    web.aws.faults.add({ action: "CreateDeployment", fault: { kind: "lost-answer" }, nth: 1 });
    const end = await web.deploy();
    expect(end.report.failure).toBeUndefined();
    expect(web.sent("CreateDeployment")).toHaveLength(1);
  });
});
