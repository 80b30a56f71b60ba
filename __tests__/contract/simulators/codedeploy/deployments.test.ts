import {
  BatchGetDeploymentTargetsCommand,
  ContinueDeploymentCommand,
  CreateDeploymentCommand,
  GetDeploymentGroupCommand,
  ListDeploymentsCommand,
  ListDeploymentTargetsCommand,
  StopDeploymentCommand,
} from "@aws-sdk/client-codedeploy";
import { afterEach, describe, expect, it } from "@jest/globals";
import { errorsAlarm, waits } from "../../../support/deployment-group.ts";
import { type GroupChoice, names, revision, type World, world } from "./world.ts";

let web: World;
afterEach(async () => {
  expect(web.aws.violations).toEqual([]);
  await web.close();
});

/** Starts a deployment of `web:2`; answers its id. */
async function begin(
  choice: GroupChoice = {},
  hooks: { [event: string]: string }[] = [],
  configuration?: string,
) {
  web = await world(choice);
  const { deploymentId } = await web.client.send(
    new CreateDeploymentCommand({
      ...names,
      revision: revision(await web.register("web:2"), hooks),
      deploymentConfigName: configuration,
    }),
  );
  return deploymentId ?? "";
}

async function events(deploymentId: string) {
  const { targetIds } = await web.client.send(new ListDeploymentTargetsCommand({ deploymentId }));
  const { deploymentTargets } = await web.client.send(
    new BatchGetDeploymentTargetsCommand({ deploymentId, targetIds }),
  );
  return deploymentTargets?.[0]?.ecsTarget;
}

describe("a deployment", () => {
  it("goes through its lifecycle events, moves all traffic and removes the original task set", async () => {
    const id = await begin();
    expect(id).toMatch(/^d-[A-Z0-9]{9}$/);
    expect((await web.status(id)).status).toBe("Created");
    await expect(events(id)).rejects.toMatchObject({ name: "DeploymentNotStartedException" });

    const info = await web.until(id, "Succeeded");
    expect(info).toMatchObject({
      computePlatform: "ECS",
      creator: "user",
      instanceTerminationWaitTimeStarted: true,
    });
    const target = await events(id);
    expect(target).toMatchObject({ targetId: "production:web", status: "Succeeded" });
    expect(target?.lifecycleEvents?.map((event) => `${event.lifecycleEventName} ${event.status}`)).toEqual([
      "BeforeInstall Succeeded",
      "Install Succeeded",
      "AfterInstall Succeeded",
      "AllowTestTraffic Succeeded",
      "AfterAllowTestTraffic Succeeded",
      "BeforeAllowTraffic Succeeded",
      "AllowTraffic Succeeded",
      "AfterAllowTraffic Succeeded",
    ]);
    expect(web.weights()).toEqual([0, 100]);
    expect(web.weights(8080)).toEqual([0, 100]);
    await web.time.advance(600_000);
    expect(await web.taskSets()).toEqual(["web:2 PRIMARY"]);
    const { deploymentGroupInfo } = await web.client.send(new GetDeploymentGroupCommand(names));
    expect(deploymentGroupInfo?.lastSuccessfulDeployment?.deploymentId).toBe(id);
  });

  it("keeps both task sets while it waits for the termination, and goes on when told to", async () => {
    const id = await begin({ members: waits(600) });
    await web.time.advance(1_200_000);
    expect(await web.status(id)).toMatchObject({
      status: "InProgress",
      instanceTerminationWaitTimeStarted: true,
    });
    expect(await web.taskSets()).toEqual(["web:2 PRIMARY", "web:1 ACTIVE"]);
    await web.client.send(
      new ContinueDeploymentCommand({ deploymentId: id, deploymentWaitType: "TERMINATION_WAIT" }),
    );
    await web.time.advance(60_000);
    expect((await web.status(id)).status).toBe("Succeeded");
  });

  it("moves a tenth of the traffic first when it is a canary", async () => {
    const id = await begin({}, [], "CodeDeployDefault.ECSCanary10Percent5Minutes");
    while (web.weights()[1] === 0) await web.time.advance(5_000);
    expect(web.weights()).toEqual([90, 10]);
    await web.time.advance(240_000);
    expect(web.weights()).toEqual([90, 10]);
    await web.until(id, "Succeeded");
    expect(web.weights()).toEqual([0, 100]);
  });

  it("waits in Ready until it is continued", async () => {
    const id = await begin({ members: waits(0, 60) });
    await web.until(id, "Ready");
    expect(web.weights(8080)).toEqual([0, 100]);
    expect(web.weights()).toEqual([100, 0]);
    await web.client.send(
      new ContinueDeploymentCommand({ deploymentId: id, deploymentWaitType: "READY_WAIT" }),
    );
    await web.until(id, "Succeeded");
    expect(web.weights()).toEqual([0, 100]);
  });

  it("is stopped when nobody continues it", async () => {
    const id = await begin({ members: waits(0, 10) });
    await web.until(id, "Ready");
    await web.time.advance(660_000);
    expect(await web.status(id)).toMatchObject({ status: "Stopped" });
    expect(web.weights()).toEqual([100, 0]);
  });
});

describe("one deployment of a group at a time", () => {
  it("refuses a second one and names the first", async () => {
    const id = await begin();
    const second = new CreateDeploymentCommand({ ...names, revision: revision("web:2") });
    await expect(web.client.send(second)).rejects.toMatchObject({
      name: "DeploymentLimitExceededException",
      message: `The Deployment Group '${names.deploymentGroupName}' already has an active Deployment '${id}'`,
    });
    const { deployments } = await web.client.send(
      new ListDeploymentsCommand({ ...names, includeOnlyStatuses: ["Created", "InProgress"] }),
    );
    expect(deployments).toEqual([id]);
  });
});

describe("a deployment that does not succeed", () => {
  it("is rolled back by a deployment of its own when it is stopped so", async () => {
    const id = await begin({ members: waits(600) });
    await web.time.advance(1_200_000);
    expect(web.weights()).toEqual([0, 100]);
    await web.client.send(new StopDeploymentCommand({ deploymentId: id, autoRollbackEnabled: true }));
    const stopped = await web.until(id, "Stopped");
    expect(stopped.errorInformation?.code).toBe("MANUAL_STOP");
    const rollback = await web.until(stopped.rollbackInfo?.rollbackDeploymentId ?? "", "Succeeded");
    expect(rollback).toMatchObject({
      creator: "codeDeployRollback",
      rollbackInfo: { rollbackTriggeringDeploymentId: id },
    });
    await web.time.advance(600_000);
    expect(web.weights()).toEqual([100, 0]);
    expect(await web.taskSets()).toEqual(["web:1 PRIMARY"]);
    await expect(web.client.send(new StopDeploymentCommand({ deploymentId: id }))).rejects.toMatchObject({
      name: "DeploymentAlreadyCompletedException",
    });
  });

  it("stays as it is when it is stopped without a rollback", async () => {
    const id = await begin({ members: waits(600) });
    await web.time.advance(1_200_000);
    await web.client.send(new StopDeploymentCommand({ deploymentId: id, autoRollbackEnabled: false }));
    expect((await web.until(id, "Stopped")).rollbackInfo).toBeUndefined();
    expect(web.weights()).toEqual([0, 100]);
    expect(await web.taskSets()).toEqual(["web:2 PRIMARY", "web:1 ACTIVE"]);
  });

  it("fails with the diagnostics of its hook, and is rolled back", async () => {
    const hooks = async () => "Failed" as const;
    const id = await begin({ hooks }, [{ AfterAllowTestTraffic: "check-it" }]);
    const failed = await web.until(id, "Failed");
    expect(failed.errorInformation?.code).toBe("HOOK_EXECUTION_FAILURE");
    const target = await events(id);
    const event = target?.lifecycleEvents?.find(({ status }) => status === "Failed");
    expect(event).toMatchObject({
      lifecycleEventName: "AfterAllowTestTraffic",
      diagnostics: { errorCode: "ScriptFailed", message: expect.stringContaining("check-it") },
    });
    await web.until(failed.rollbackInfo?.rollbackDeploymentId ?? "", "Succeeded");
    expect(web.weights(8080)).toEqual([100, 0]);
  });

  it("times out after an hour of tasks that do not start", async () => {
    web = await world();
    web.runtime.script("web:2", { does: "exits", afterMs: 1_000, code: 1 });
    const { deploymentId = "" } = await web.client.send(
      new CreateDeploymentCommand({ ...names, revision: revision(await web.register("web:2")) }),
    );
    const failed = await web.until(deploymentId, "Failed");
    expect(failed.errorInformation).toMatchObject({
      code: "TIMEOUT",
      message: expect.stringContaining("60 minutes"),
    });
    expect(web.weights()).toEqual([100, 0]);
  });

  it("is stopped by an alarm", async () => {
    const alarmConfiguration = { enabled: true, alarms: [{ name: "errors" }] };
    const id = await begin({ members: { ...waits(60), alarmConfiguration } });
    await web.time.advance(600_000);
    await web.aws.call("cloudwatch", "PutMetricAlarm", errorsAlarm);
    await web.aws.call("cloudwatch", "SetAlarmState", {
      AlarmName: "errors",
      StateValue: "ALARM",
      StateReason: "test",
    });
    const stopped = await web.until(id, "Stopped");
    expect(stopped.errorInformation?.code).toBe("ALARM_ACTIVE");
    await web.until(stopped.rollbackInfo?.rollbackDeploymentId ?? "", "Succeeded");
    expect(web.weights()).toEqual([100, 0]);
  });
});

describe("what the service refuses", () => {
  it("names an unknown application, an invalid AppSpec and a wrong hash", async () => {
    web = await world();
    const create = (input: object) =>
      web.client.send(new CreateDeploymentCommand({ ...names, revision: revision("web:1"), ...input }));
    await expect(create({ applicationName: "none" })).rejects.toMatchObject({
      name: "ApplicationDoesNotExistException",
    });
    const content = "version: 0.0\nResources: []\n";
    await expect(
      create({ revision: { revisionType: "AppSpecContent", appSpecContent: { content } } }),
    ).rejects.toMatchObject({ name: "InvalidRevisionException" });
    const wrong = revision("web:1");
    await expect(
      create({ revision: { ...wrong, appSpecContent: { ...wrong.appSpecContent, sha256: "0".repeat(64) } } }),
    ).rejects.toMatchObject({ name: "InvalidRevisionException" });
    await expect(create({ description: "x".repeat(513) })).rejects.toMatchObject({
      name: "DescriptionTooLongException",
    });
  });

  it.each([
    ["GetApplication", { applicationName: "a".repeat(101) }, "InvalidApplicationNameException"],
    ["GetDeploymentGroup", { deploymentGroupName: "g".repeat(101) }, "InvalidDeploymentGroupNameException"],
    ["GetDeployment", { deploymentId: "d-1" }, "InvalidDeploymentIdException"],
    ["GetDeployment", { deploymentId: "d-000000000" }, "DeploymentDoesNotExistException"],
    ["GetDeploymentConfig", { deploymentConfigName: "Slow" }, "DeploymentConfigDoesNotExistException"],
    ["ListDeployments", { createTimeRange: { start: 2, end: 1 } }, "InvalidTimeRangeException"],
    [
      "CreateDeployment",
      { ...{ revision: revision("web:1") }, autoRollbackConfiguration: { enabled: true, events: [] } },
      "InvalidAutoRollbackConfigException",
    ],
  ])("answers %s of %j with %s", async (action, input, code) => {
    web = await world();
    await expect(async () =>
      web.aws.call("codedeploy", action, { ...names, ...input }),
    ).rejects.toMatchObject({
      code,
    });
  });

  it("lets UpdateService change nothing that CodeDeploy decides", async () => {
    web = await world();
    const update = (input: object) =>
      web.aws.call("ecs", "UpdateService", { cluster: "production", service: "web", ...input });
    await expect(async () => update({ taskDefinition: "web" })).rejects.toThrow(
      /Unable to update task definition/,
    );
    await expect(async () => update({ enableExecuteCommand: true })).rejects.toThrow(
      /enable execute command/,
    );
    await expect(update({ desiredCount: 3, propagateTags: "SERVICE" })).resolves.toBeDefined();
  });
});
