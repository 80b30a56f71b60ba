import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { exits, runTaskCalls, taskOnly, withTask, writeJob } from "./run-task-world.ts";
import { endOf, nextImage, release } from "./trouble.ts";
import { serviceTarget, type World, world } from "./world.ts";

let shop: World;
beforeEach(async () => {
  shop = await world();
  shop.runtime.script("job:1", exits(0));
});
afterEach(async () => {
  expect(shop.aws.violations).toEqual([]);
  await shop.close();
});

const written = () =>
  shop.aws.calls.all
    .map((call) => call.action)
    .filter((action) => /^(Register|Update|Stop|Run)/.test(action));

describe("the settings of a one-off task", () => {
  it("come from the service one by one where they are not given", async () => {
    shop.runtime.script(nextImage, exits(1));
    const service = await shop.service("shop-blue");
    const network = service["networkConfiguration"] as { awsvpcConfiguration: object };
    await shop.deploy({ ...release, ...withTask({ subnets: ["subnet-9"], assignPublicIp: "ENABLED" }) });
    expect(runTaskCalls(shop)[0]?.["networkConfiguration"]).toEqual({
      awsvpcConfiguration: {
        ...network.awsvpcConfiguration,
        subnets: ["subnet-9"],
        assignPublicIp: "ENABLED",
      },
    });
  });

  it("are a given strategy alone, never with the service's launch type", async () => {
    await shop.aws.call("ecs", "CreateCluster", { clusterName: "other" });
    const capacityProviders = [{ capacityProvider: "FARGATE_SPOT", weight: 1 }];
    shop.runtime.script(nextImage, exits(1));
    await shop.deploy({ ...release, ...withTask({ capacityProviders }) });
    const [call] = runTaskCalls(shop);
    expect(call).toMatchObject({ capacityProviderStrategy: capacityProviders });
    expect(call).not.toHaveProperty("launchType");
  });

  it("come from the document of a service that is yet to be created", async () => {
    const network = { awsvpcConfiguration: { subnets: ["subnet-7"], securityGroups: ["sg-7"] } };
    const document = { launchType: "FARGATE", desiredCount: 1, networkConfiguration: network };
    shop.write("service.json", JSON.stringify(document));
    shop.runtime.script(nextImage, exits(1));
    const target = { ...serviceTarget({}, "new"), createFrom: "service.json" };
    await shop.deploy({ ...release, target, ...withTask({ managedTags: true }) });
    expect(runTaskCalls(shop)).toMatchObject([
      { launchType: "FARGATE", networkConfiguration: network, enableECSManagedTags: true },
    ]);
    expect(shop.aws.calls.of("ecs", "CreateService")).toEqual([]);
  });

  it.each([
    ["EC2", ["placementConstraints", "placementStrategy"]],
    ["FARGATE", []],
  ])(
    "are the service's placement, execute-command and managed tags on %s, as it takes them",
    async (launchType, placed) => {
      const placement = {
        placementConstraints: [{ type: "memberOf", expression: "attribute:stack == shop" }],
        placementStrategy: [{ type: "binpack", field: "memory" }],
      };
      const network = { awsvpcConfiguration: { subnets: ["subnet-7"] } };
      const tasks = { enableExecuteCommand: true, enableECSManagedTags: true };
      const document = {
        desiredCount: 1,
        networkConfiguration: network,
        launchType: "EC2",
        ...tasks,
        ...placement,
      };
      shop.write("service.json", JSON.stringify(document));
      shop.runtime.script(nextImage, exits(1));
      const target = { ...serviceTarget({}, "new"), createFrom: "service.json" };
      await shop.deploy({ ...release, target, ...withTask(launchType === "FARGATE" ? { launchType } : {}) });
      const [call = {}] = runTaskCalls(shop);
      expect(call).toMatchObject({ launchType, ...tasks });
      expect(Object.keys(call).filter((member) => member.startsWith("placement"))).toEqual(placed);
    },
  );

  it("leave out the network for a definition that is not awsvpc", async () => {
    const job = writeJob(
      shop,
      { job: { image: "job:1", memory: 128 } },
      { networkMode: "bridge", requiresCompatibilities: ["EC2"] },
    );
    const end = await shop.deploy({ ...job, ...taskOnly({ subnets: undefined, launchType: "EC2" }) });
    expect(endOf(end)).toBe("task-succeeded");
    expect(runTaskCalls(shop)[0]).not.toHaveProperty("networkConfiguration");
    expect(runTaskCalls(shop)[0]).toMatchObject({ launchType: "EC2" });
  });

  it("carry tags, startedBy, count and an EBS volume to the API as they are given", async () => {
    const job = writeJob(
      shop,
      { job: { image: "job:1" } },
      { volumes: [{ name: "data", configuredAtLaunch: true }] },
    );
    const volume = { roleArn: "arn:aws:iam::123456789012:role/ebs", sizeInGiB: 20, throughput: 125 };
    const tags = [{ key: "team", value: "" }];
    const end = await shop.deploy({
      ...job,
      ...taskOnly({ tags, startedBy: "nightly/1", count: 2, volume }),
    });
    expect(endOf(end)).toBe("task-succeeded");
    expect(runTaskCalls(shop)[0]).toMatchObject({
      tags,
      startedBy: "nightly/1",
      count: 2,
      volumeConfigurations: [{ name: "data", managedEBSVolume: volume }],
    });
  });

  it("name the run in startedBy when nothing is given, and a client token within its limit", async () => {
    await shop.deploy({ ...writeJob(shop, { job: { image: "job:1" } }), ...taskOnly() });
    const [call] = runTaskCalls(shop);
    expect(call?.["startedBy"]).toMatch(/^GitHub-Actions\/[A-Za-z0-9/_-]+$/);
    expect(String(call?.["clientToken"]).length).toBeLessThanOrEqual(64);
  });

  it("lay the command over the overrides of the main container", async () => {
    const containerOverrides = [{ name: "job", environment: [{ name: "MODE", value: "dry" }] }];
    await shop.deploy({
      ...writeJob(shop, { job: { image: "job:1" } }),
      ...taskOnly({ containerOverrides, command: ["run", "a b", ""] }),
    });
    expect(runTaskCalls(shop)[0]?.["overrides"]).toEqual({
      containerOverrides: [{ ...containerOverrides[0], command: ["run", "a b", ""] }],
    });
  });

  it("are said in a dry run, which writes nothing", async () => {
    const end = await shop.deploy({
      ...writeJob(shop, { job: { image: "job:1" } }),
      ...taskOnly({ command: ["migrate"] }),
      mode: "plan",
    });
    expect(endOf(end)).toBe("planned");
    expect(end.outcome.summary).toMatch(/run 1 task on the cluster's default capacity provider in subnet-1/);
    expect(written()).toEqual([]);
  });
});

describe("a one-off task that cannot be started as it is asked for", () => {
  const job = { job: { image: "job:1" } };
  const cases: readonly (readonly [string, Parameters<typeof taskOnly>[0], RegExp])[] = [
    [
      "without subnets for awsvpc",
      { subnets: undefined },
      /awsvpc.*needs subnets; run-task-subnets is empty, and there is no service/,
    ],
    [
      "with an EBS volume that the definition does not have",
      { volume: { roleArn: "arn:aws:iam::123456789012:role/ebs" }, volumeName: "data" },
      /run-task-managed-ebs-volume-name is "data"; the volumes .* are none/,
    ],
    [
      "for a main container that is not there",
      { container: "jop" },
      /run-task-container is "jop"; the containers of job are job\. The nearest is "job"/,
    ],
    [
      "with an override for a container that is not there",
      { containerOverrides: [{ name: "web" }] },
      /names "web"; the containers of job are job/,
    ],
    [
      "with two commands",
      { command: ["a"], containerOverrides: [{ name: "job", command: ["b"] }] },
      /both give a command for the container "job"/,
    ],
    [
      "with overrides beyond the API's limit",
      {
        containerOverrides: [{ name: "job", environment: [{ name: "A", value: "x".repeat(9_000) }] }],
      },
      /overrides .* are \d+ characters long; Amazon ECS takes at most 8192/,
    ],
  ];

  const documents: typeof cases = [
    [
      "with an unknown member in its overrides",
      { containerOverrides: [{ name: "job", comand: ["x"] }] },
      /run-task-container-overrides\[0\]\.comand is not known to Amazon ECS; the nearest key is command/,
    ],
    [
      "with a number where the API takes a text",
      { containerOverrides: [{ name: "job", environment: [{ name: "A", value: 1 }] }] },
      /run-task-container-overrides\[0\]\.environment\[0\]\.value is 1; it must be a text/,
    ],
    [
      "with a tag without a key",
      { tags: [{ value: "x" }] },
      /run-task-tags\[0\] has no key, which the API requires/,
    ],
    [
      "with an EBS volume without a role",
      { volume: { sizeInGiB: 1 } },
      /run-task-managed-ebs-volume has no roleArn/,
    ],
  ];

  it.each(documents)("is an input error before anything is called: %s", async (_, change, message) => {
    await expect(shop.deploy({ ...writeJob(shop, job), ...taskOnly(change) })).rejects.toThrow(message);
    expect(written()).toEqual([]);
  });

  it.each(cases)("is an input error before anything is written: %s", async (_, change, message) => {
    const end = await shop.deploy({ ...writeJob(shop, job), ...taskOnly(change) });
    expect(endOf(end)).toBe("failed INPUT_INVALID");
    expect(end.outcome.failure?.message).toMatch(message);
    expect(written()).toEqual([]);
  });

  it("is one when subnets are given to a bridge network", async () => {
    const bridge = writeJob(
      shop,
      { job: { image: "job:1", memory: 128 } },
      { networkMode: "bridge", requiresCompatibilities: ["EC2"] },
    );
    const end = await shop.deploy({ ...bridge, ...taskOnly() });
    expect(end.outcome.failure?.message).toMatch(/run-task-subnets cannot be used: job has .* bridge/);
    expect(written()).toEqual([]);
  });
});
