import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, describe, expect, it } from "@jest/globals";
import type { JsonObject } from "#ship/simulators";
import { type DeployWorld, type Inputs, inWorld, openDeployWorld, shop } from "./deploy-world.ts";

const updates = (world: DeployWorld) => world.sent("UpdateService");
async function tagValues(world: DeployWorld): Promise<unknown[]> {
  return (((await world.service())["tags"] ?? []) as JsonObject[]).map((tag) => tag["value"]);
}

/** One world is enough for all runs that end before they change anything. */
let quiet: Promise<DeployWorld> | undefined;
afterAll(async () => {
  await (await quiet)?.[Symbol.asyncDispose]();
});

describe("the service inputs of the deploy-ecs bundle", () => {
  it.concurrent(
    "go to UpdateService under the peers' names, and only those that are given",
    inWorld(async (world) => {
      const inputs = {
        "enable-ecs-managed-tags": "true",
        "propagate-tags": "SERVICE",
        "desired-count": "1",
        "wait-for-service-stability": "true",
        "wait-max-delay-seconds": "15",
        "max-retries": "3",
        update: JSON.stringify({
          enableExecuteCommand: true,
          placementConstraints: [],
          platformVersion: null,
        }),
      };
      const first = await world.deploy(inputs);
      expect(first.errors).toEqual([]);
      expect(updates(world)).toEqual([
        {
          cluster: "default",
          service: "shop",
          taskDefinition: first.outputs["task-definition-arn"],
          desiredCount: 1,
          enableECSManagedTags: true,
          propagateTags: "SERVICE",
          enableExecuteCommand: true,
        },
      ]);
      expect((await world.deploy(inputs)).outputs["result"]).toBe("unchanged");
      expect(updates(world)).toHaveLength(1);
    }),
  );

  it.concurrent(
    "give tasks a managed volume and a deployment its alarms, which a rollback takes back",
    inWorld(async (world) => {
      const volume = { name: "data", configuredAtLaunch: true };
      world.write("task-definition.json", { ...shop, volumes: [volume] });
      const inputs = {
        alarms: "errors\nlatency,",
        "service-managed-ebs-volume":
          '{"sizeInGiB": 10, "roleArn": "arn:aws:iam::123456789012:role/ebs", "volumeInitializationRate": 100}',
        "service-managed-ebs-volume-name": "data",
      };
      const { deploymentConfiguration } = await world.service();
      world.runtime.script("shop:2", { does: "exits", afterMs: 5, code: 3 });
      expect((await world.deploy(inputs)).outputs["result"]).toBe("rolled-back");
      const after = await world.service();
      const none = { alarms: { alarmNames: [], enable: false, rollback: false } };
      expect(after["deploymentConfiguration"]).toEqual(Object.assign({}, deploymentConfiguration, none));
      expect((after["deployments"] as JsonObject[])[0]).not.toHaveProperty("volumeConfigurations");

      expect((await world.deploy({ ...inputs, image: "shop:3" })).errors).toEqual([]);
      const managedEBSVolume = JSON.parse(inputs["service-managed-ebs-volume"]);
      expect(updates(world).at(-1)).toMatchObject({
        volumeConfigurations: [{ name: "data", managedEBSVolume }],
        deploymentConfiguration: {
          alarms: { alarmNames: ["errors", "latency"], enable: true, rollback: true },
        },
      });
      expect((await world.deploy({ ...inputs, image: "shop:3" })).outputs["result"]).toBe("unchanged");
    }),
  );

  it.concurrent(
    "lay parameters of a strategy over the deployment configuration",
    inWorld(async (world) => {
      const { errors } = await world.deploy({
        strategy: "rolling",
        "bake-time": "1m",
        "circuit-breaker": "true",
        "deployment-configuration": '{"minimumHealthyPercent": 50}',
      });
      expect(errors).toEqual([]);
      expect((await world.service())["deploymentConfiguration"]).toMatchObject({
        strategy: "ROLLING",
        bakeTimeInMinutes: 1,
        deploymentCircuitBreaker: { enable: true, rollback: true },
        minimumHealthyPercent: 50,
        maximumPercent: 200,
      });
    }),
  );

  it.concurrent.each<[Inputs, RegExp]>([
    [{ update: '{"enableExecuteComand": true}' }, /enableExecuteComand is not known.*enableExecuteCommand/],
    [
      { update: '{"taskDefinition": "shop:1"}' },
      /taskDefinition has no place there; give it in `task-definition`/,
    ],
    [
      { update: '{"desiredCount": 2}', "desired-count": "3" },
      /desiredCount to 2, but `desired-count` sets it to 3/,
    ],
    [{ "deployment-configuration": '{"lifecycleHoks": []}' }, /lifecycleHoks is not known.*lifecycleHooks/],
    [{ strategy: "canary", "canary-percent": "0.01%" }, /canary-percent is "0.01%"/],
    [
      { strategy: "canary", "deployment-configuration": '{"strategy": "LINEAR"}' },
      /sets strategy to "LINEAR", but `strategy`/,
    ],
    [{ "bake-time": "90s" }, /bake-time is "90s" \(it is not a whole number of minutes/],
    [{ "wait-until": "stabel" }, /wait-until is "stabel"; accepted: stable, bake, none/],
    [{ "on-conflict": "ignore" }, /on-conflict is "ignore"; accepted: one of wait, fail, supersede/],
    [{ "wait-for-minutes": "30m" }, /wait-for-minutes is "30m"/],
    [{ "keep-revisions": "0" }, /keep-revisions is "0"/],
    [
      { "service-managed-ebs-volume": '{"sizeInGiB": 1, "roleArn": "r"}' },
      /service-managed-ebs-volume-name: it is empty/,
    ],
    [
      { "health-check-url": "https://shop.example", "wait-until": "none" },
      /health-check-url: .*not waited for/,
    ],
    [{ "create-if-missing": "no.json" }, /create-if-missing is "no.json"/],
  ])("are refused before anything is written: %j", async (inputs, message) => {
    quiet ??= openDeployWorld();
    const world = await quiet;
    const { exitCode, errors } = await world.deploy(inputs);
    expect(exitCode).toBe(1);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(message);
    expect(updates(world)).toEqual([]);
    expect(world.sent("RegisterTaskDefinition")).toEqual([]);
  });

  it.concurrent(
    "make one attempt of each call with max-retries: 0",
    inWorld(async (world) => {
      world.aws.faults.add({ action: "RegisterTaskDefinition", nth: 1, fault: { kind: "throttle" } });
      const { exitCode, errors } = await world.deploy({ "max-retries": "0" });
      expect(exitCode).toBe(1);
      expect(errors[0]).toMatch(/ecs:RegisterTaskDefinition/);
      expect(world.sent("RegisterTaskDefinition")).toHaveLength(1);
    }),
  );
});

describe("the ways a deploy-ecs bundle ends", () => {
  it.concurrent(
    "creates a service that is missing",
    inWorld(async (world) => {
      const { networkConfiguration } = await world.service();
      const body = { desiredCount: 1, launchType: "FARGATE", networkConfiguration };
      world.write("service.yaml", body);
      const step = await world.deploy({ service: "fresh", "create-if-missing": "service.yaml" });
      expect(step.errors).toEqual([]);
      expect(step.outputs["result"]).toBe("deployed");
      expect(await world.service("fresh")).toMatchObject({ status: "ACTIVE", runningCount: 1 });
    }),
  );

  it.concurrent(
    "does not wait with wait-for-service-stability: false",
    inWorld(async (world) => {
      const { outputs, summary } = await world.deploy({ "wait-for-service-stability": "false" });
      expect(outputs["result"]).toBe("deployed");
      expect(summary).toContain("not waited for");
      await world.settled();
    }),
  );

  it.concurrent(
    "checks version and JSON of an address",
    inWorld(async (world) => {
      const server = createServer((_, response) => response.end('{"version":"1","db":{"state":"up"}}'));
      const port = await new Promise<number>((listening) =>
        server.listen(0, "127.0.0.1", () => listening((server.address() as AddressInfo).port)),
      );
      const address = { "health-check-url": `http://127.0.0.1:${port}/` };
      try {
        const good = await world.deploy({
          ...address,
          "health-check-version": "1",
          "health-check-json": "db.state=up",
        });
        expect(good.outputs["result"]).toBe("deployed");
      } finally {
        server.close();
      }
    }),
  );

  it.concurrent(
    "keeps as many revisions as are wished",
    inWorld(async (world) => {
      for (const image of ["shop:2", "shop:3", "shop:4"])
        expect((await world.deploy({ image, "keep-revisions": "2" })).outputs["result"]).toBe("deployed");
      const revisions = world.aws.ecs.state.families.get("shop")?.revisions ?? [];
      expect(revisions.filter(({ status }) => status === "ACTIVE").map(({ revision }) => revision)).toEqual([
        3, 4,
      ]);
    }),
  );

  it.concurrent(
    "ends at once by on-conflict: fail while somebody else deploys",
    inWorld(async (world) => {
      await world.deploy({ service: "" });
      world.runtime.script("shop:2", { does: "unhealthy" });
      await world.ecs("UpdateService", { service: "shop", taskDefinition: "shop:2" });
      const { errors, outputs } = await world.deploy({ image: "shop:3", "on-conflict": "fail" });
      expect(errors[0]).toMatch(/^DEPLOYMENT_IN_PROGRESS: A deployment of shop:2 is under way on shop\./);
      expect(outputs["result"]).toBe("failed");
    }),
  );

  it.concurrent(
    "leaves its run id on the service when it is killed, and the next run adopts its deployment",
    inWorld(async (world) => {
      const isUpdated = () => updates(world).length > 0;
      await world.deploy({}, { killWhen: isUpdated });
      expect(await tagValues(world)).toContain("1001");
      const next = await world.deploy({}, { environment: { GITHUB_RUN_ID: "1002" } });
      expect(next.errors).toEqual([]);
      expect(["deployed", "unchanged"]).toContain(next.outputs["result"]);
      expect(next.stdout).toMatch(/::notice::Run 1001 of octo\/shop/);
      expect(updates(world)).toHaveLength(1);
      expect(await tagValues(world)).toEqual([]);
    }),
  );

  it.concurrent(
    "says that a failed deployment was left, with rollback-on-failure: false",
    inWorld(async (world) => {
      world.runtime.script("shop:2", { does: "exits", afterMs: 5, code: 3 });
      const { outputs, errors } = await world.deploy({ "rollback-on-failure": "false" });
      expect(outputs["result"]).toBe("failed");
      expect(errors[0]).toMatch(/^DEPLOYMENT_FAILED: .*left as it is/);
    }),
  );
});
