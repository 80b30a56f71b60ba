import { CreateDeploymentCommand } from "@aws-sdk/client-codedeploy";
import { afterEach, describe, expect, it } from "@jest/globals";
import { waits } from "../../../support/deployment-group.ts";
import { revision } from "../../simulators/codedeploy/world.ts";
import { type Ending, names, type World, world } from "./world.ts";

let web: World;
afterEach(async () => {
  expect(web.aws.violations).toEqual([]);
  await web.close();
});

/** Code of the failure, or what the run did. */
const endOf = ({ report, journal }: Ending) => report.failure?.code ?? journal.change;

/** Lets the account come to rest and expects one revision with all traffic. */
async function expectServing(image: "web:1" | "web:2", group: "blue" | "green"): Promise<void> {
  web.aws.faults.clear();
  await web.time.advance(900_000);
  expect(web.running()).toEqual([image, image]);
  expect(await web.taskSets()).toEqual([`${image} PRIMARY`]);
  const [blue = 0, green = 0] = web.weights();
  expect(group === "blue" ? green : blue).toBe(0);
}

describe("a deployment through CodeDeploy", () => {
  it("is green once our revision is PRIMARY, and nothing is deployed twice", async () => {
    web = await world();
    const first = await web.deploy();
    expect(first.report.failure).toBeUndefined();
    expect(first.journal.change).toBe("deploy");
    const id = first.journal.deployment ?? "";
    expect(first.outputs).toMatchObject({
      "codedeploy-deployment-id": id,
      "console-url": `https://eu-central-1.console.aws.amazon.com/codesuite/codedeploy/deployments/${id}?region=eu-central-1`,
    });
    expect(first.log.join("\n")).toMatch(/AllowTestTraffic.*2 of 2 new tasks/);
    expect(first.log.join("\n")).toMatch(/waiting to end the original tasks, .*100 % of the traffic/);
    expect(web.aws.calls.of("ecs", "UpdateService")).toEqual([]);

    const second = await web.deploy();
    expect(endOf(second)).toBe("nothing");
    expect(web.sent("CreateDeployment")).toHaveLength(1);
    await expectServing("web:2", "green");
  });

  it("deploys the revision that serves when it is forced to", async () => {
    web = await world();
    await web.deploy();
    expect(endOf(await web.deploy({ force: true }))).toBe("deploy");
    expect(web.sent("CreateDeployment")).toHaveLength(2);
  });

  it("changes a number of tasks alone through UpdateService", async () => {
    web = await world();
    await web.deploy();
    expect(endOf(await web.deploy({ desired: 3 }))).toBe("scale");
    expect(web.aws.calls.of("ecs", "UpdateService").map(({ input }) => input)).toEqual([
      { cluster: "production", service: "web", desiredCount: 3 },
    ]);
    expect(web.sent("CreateDeployment")).toHaveLength(1);
  });

  it("puts the task definition into every resource of the AppSpec and keeps the rest", async () => {
    web = await world({ hooks: async () => "Succeeded" });
    web.write(
      "appspec.yml",
      [
        "version: 0.0",
        "resources:",
        "  - TargetService:",
        "      type: AWS::ECS::Service",
        "      properties:",
        "        taskDefinition: <TASK_DEFINITION>",
        "        loadBalancerInfo: { containerName: app, containerPort: 8080 }",
        "Hooks:",
        "  - AfterAllowTestTraffic: check-it",
      ].join("\n"),
    );
    const { report } = await web.deploy({ settings: { description: "x".repeat(600) } });
    expect(report.failure).toBeUndefined();
    const [request] = web.sent("CreateDeployment");
    expect(request?.["description"]).toBe("x".repeat(512));
    const { revision: sent } = request as { revision: { appSpecContent: { content: string } } };
    expect(JSON.parse(sent.appSpecContent.content)).toEqual({
      version: 0,
      resources: [
        {
          TargetService: {
            type: "AWS::ECS::Service",
            properties: {
              taskDefinition: expect.stringMatching(/task-definition\/web:2$/),
              loadBalancerInfo: { containerName: "app", containerPort: 8080 },
            },
          },
        },
      ],
      Hooks: [{ AfterAllowTestTraffic: "check-it" }],
    });
  });

  it("names what is wrong in an AppSpec before anything is written", async () => {
    web = await world();
    web.write(
      "spec.json",
      JSON.stringify({
        version: 1,
        Resources: [{ Web: { Type: "AWS::Lambda::Function" } }],
        Hooks: [{ Before: "x" }],
      }),
    );
    const { report } = await web.deploy({ settings: { appSpec: "spec.json" } });
    expect(report.failure).toMatchObject({ code: "DOCUMENT_INVALID" });
    expect(report.failure?.message).toMatch(/version is 1; it must be 0.0/);
    expect(report.failure?.message).toMatch(/Resources\[0\]\.Web\.Type is "AWS::Lambda::Function"/);
    expect(report.failure?.message).toMatch(/Hooks\[0\]\.Before is not one of BeforeInstall/);
    expect(web.sent("CreateDeployment")).toEqual([]);
    const missing = await web.deploy({ settings: { appSpec: "none.yaml" } });
    expect(missing.report.failure).toMatchObject({ code: "FILE_UNREADABLE" });
  });

  it("names a deployment group that does not exist, or that is another service's", async () => {
    web = await world();
    const { report } = await web.deploy({ settings: { group: "Other" } });
    expect(report.failure?.code).toBe("NOT_FOUND");
    expect(report.failure?.message).toContain("DeploymentGroupDoesNotExistException");
  });

  it("lets CodeDeploy roll back by itself, so that a dead run leaves nothing half-shifted", async () => {
    web = await world({ members: { autoRollbackConfiguration: { enabled: false, events: [] } } });
    await web.deploy();
    expect(web.sent("CreateDeployment")[0]?.["autoRollbackConfiguration"]).toEqual({
      enabled: true,
      events: ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"],
    });
  });

  it("waits as long as the group keeps the original tasks, on top of its own time", async () => {
    web = await world({ members: waits(30) });
    const { report } = await web.deploy({
      waiting: { every: 5_000, timeout: 600_000, until: { kind: "stable" } },
    });
    expect(report.failure).toBeUndefined();
    expect(await web.taskSets()).toEqual(["web:2 PRIMARY", "web:1 DRAINING"]);
  });

  it("can end with all traffic moved, or at Ready for a test", async () => {
    web = await world({ members: waits(600, 60) });
    const until = (stage: string) => ({
      every: 5_000,
      timeout: 1_800_000,
      until: { kind: "stage", stage } as const,
    });
    const ready = await web.deploy({ waiting: until("PRE_PRODUCTION_TRAFFIC_SHIFT") });
    expect(ready.report.failure).toBeUndefined();
    expect((await web.status(ready.journal.deployment ?? "")).status).toBe("Ready");
    expect(web.weights()).toEqual([100, 0]);
    await web.aws.call("codedeploy", "ContinueDeployment", { deploymentId: ready.journal.deployment });

    const bake = await web.deploy({ waiting: until("BAKE_TIME") });
    expect(endOf(bake)).toBe("adopt");
    expect(bake.journal.deployment).toBe(ready.journal.deployment);
    expect(web.weights()).toEqual([0, 100]);
    expect(await web.taskSets()).toEqual(["web:2 PRIMARY", "web:1 ACTIVE"]);
  });
});

describe("a deployment that fails", () => {
  it("says which lifecycle event failed and what its function left behind, and is rolled back", async () => {
    web = await world({ hooks: async () => "Failed" });
    web.write("appspec.json", JSON.stringify(specWith([{ AfterAllowTestTraffic: "check-it" }])));
    const end = await web.deploy();
    expect(endOf(end)).toBe("DEPLOYMENT_FAILED");
    expect(end.report.failure?.message).toMatch(
      /d-\w+ is Failed: HOOK_EXECUTION_FAILURE, .* AfterAllowTestTraffic: ScriptFailed, The validation function check-it/,
    );
    expect(end.journal.restored).toBe(true);
    await expectServing("web:1", "blue");
  });

  it("is given up as soon as its tasks keep crashing, long before CodeDeploy's own hour", async () => {
    web = await world();
    web.runtime.script("web:2", { does: "exits", afterMs: 1_000, code: 3, lines: ["no database"] });
    const begun = web.time.now();
    const end = await web.deploy();
    expect(endOf(end)).toBe("DEPLOYMENT_FAILED");
    expect(web.time.now() - begun).toBeLessThan(600_000);
    expect(end.report.failure?.message).toMatch(/stopped: .*app: exit code 3/);
    expect(end.journal.restored).toBe(true);
    await expectServing("web:1", "blue");
  });

  it("goes back by a deployment of its own when CodeDeploy does not roll back a canary", async () => {
    web = await world({ members: { autoRollbackConfiguration: { enabled: false, events: [] } } });
    const settings = { configuration: "CodeDeployDefault.ECSCanary10Percent15Minutes" };
    const waiting = { every: 5_000, timeout: 1_800_000, until: { kind: "stable" } as const };
    const stopsAtCanary = web.aws.calls.follow((call) => {
      if (call.action !== "BatchGetDeploymentTargets" || web.weights()[1] !== 10) return;
      stopsAtCanary();
      const [id] = web.sent("GetDeployment").map(({ deploymentId }) => deploymentId);
      web.aws
        .call("codedeploy", "StopDeployment", { deploymentId: id, autoRollbackEnabled: false })
        .catch(() => {});
    });
    const end = await web.deploy({ settings, waiting });
    expect(end.report.failure?.message).toContain("MANUAL_STOP");
    expect(end.journal.restored).toBe(true);
    expect(web.sent("CreateDeployment")[1]).toMatchObject({
      description: expect.stringContaining("Way back from d-"),
    });
    await expectServing("web:1", "green");
  });

  it.each([
    { group: "goes back by itself", enabled: true, serves: "web:1" },
    { group: "leaves what failed", enabled: false, serves: "web:2" },
  ])("is left to its group where that is wished: one that $group", async ({ enabled, serves }) => {
    const events = enabled ? ["DEPLOYMENT_FAILURE"] : [];
    web = await world({
      members: { ...waits(600), autoRollbackConfiguration: { enabled, events } },
      hooks: async () => "Failed",
    });
    web.write("appspec.json", JSON.stringify(specWith([{ AfterAllowTraffic: "check-it" }])));
    const end = await web.deploy({ rollback: { onFailure: false, onCancel: true } });
    expect(endOf(end)).toBe("DEPLOYMENT_FAILED");
    expect(end.journal).toMatchObject({ restored: enabled, left: !enabled });
    expect(web.sent("CreateDeployment")).toHaveLength(1);
    expect(web.sent("CreateDeployment")[0]?.["autoRollbackConfiguration"]).toBeUndefined();
    expect(web.sent("StopDeployment")).toEqual([]);
    expect((await web.taskSets())[0]).toBe(`${serves} PRIMARY`);
  });

  it("is stopped and rolled back when time is up", async () => {
    web = await world({ members: waits(0) });
    web.runtime.script("web:2", { does: "unhealthy" });
    const end = await web.deploy({ waiting: { every: 5_000, timeout: 20_000, until: { kind: "stable" } } });
    expect(endOf(end)).toBe("DEPLOYMENT_TIMEOUT");
    expect(end.report.failure?.message).toMatch(
      /last seen: d-\w+ InProgress: Install, 0 of 2 new tasks|last seen: d-/,
    );
    expect(end.journal.restored).toBe(true);
    expect(web.sent("StopDeployment")).toMatchObject([{ autoRollbackEnabled: true }]);
    await expectServing("web:1", "blue");
  });
});

describe("somebody else's deployment under way", () => {
  /** Begins a deployment of `web:3` that keeps its original tasks for ten minutes. */
  async function other(): Promise<string> {
    web = await world({ members: waits(10) });
    const { deploymentId } = await web.client.send(
      new CreateDeploymentCommand({ ...names, revision: revision(await web.register("web:3")) }),
    );
    return deploymentId ?? "";
  }

  it("is waited for", async () => {
    const id = await other();
    const end = await web.deploy();
    expect(end.report.failure).toBeUndefined();
    expect(end.log.join("\n")).toContain(`${id} (Created) is under way; waiting for it.`);
    expect((await web.status(id)).status).toBe("Succeeded");
    await expectServing("web:2", "blue");
  });

  it("ends this run at once where that is wished, naming it", async () => {
    const id = await other();
    const end = await web.deploy({ onConflict: "fail" });
    expect(endOf(end)).toBe("DEPLOYMENT_IN_PROGRESS");
    expect(end.report.failure?.message).toContain(id);
    expect(web.sent("CreateDeployment")).toHaveLength(1);
  });

  it("is stopped and rolled back first where that is wished", async () => {
    const id = await other();
    const end = await web.deploy({ onConflict: "supersede" });
    expect(end.report.failure).toBeUndefined();
    expect((await web.status(id)).status).toBe("Stopped");
    await expectServing("web:2", "green");
  });

  it("that outlasts the time is named", async () => {
    const id = await other();
    const waiting = { every: 5_000, timeout: 30_000, until: { kind: "none" } as const };
    const end = await web.deploy({ waiting });
    expect(endOf(end)).toBe("DEPLOYMENT_IN_PROGRESS");
    expect(end.report.failure?.message).toContain(id);
  });
});

function specWith(hooks: readonly object[]) {
  return {
    version: 0,
    Resources: [
      {
        TargetService: {
          Type: "AWS::ECS::Service",
          Properties: { TaskDefinition: "", LoadBalancerInfo: { ContainerName: "app", ContainerPort: 8080 } },
        },
      },
    ],
    Hooks: hooks,
  };
}
