import { describe, expect, it } from "@jest/globals";
import { BLUE, fargateService, world } from "./world.ts";

const missing = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/none/0";

describe("task definitions", () => {
  it("are described with the defaults the real service fills in", async () => {
    const w = await world();
    const arn = await w.register("app:1");
    const { taskDefinition } = (await w.call("DescribeTaskDefinition", { taskDefinition: "web" })) as {
      taskDefinition: Record<string, unknown>;
    };
    expect(taskDefinition).toMatchObject({
      taskDefinitionArn: arn,
      revision: 1,
      status: "ACTIVE",
      compatibilities: ["EC2", "FARGATE"],
      volumes: [],
      placementConstraints: [],
      registeredBy: "arn:aws:iam::123456789012:root",
      containerDefinitions: [
        {
          name: "app",
          image: "app:1",
          cpu: 0,
          essential: true,
          portMappings: [{ containerPort: 8080, hostPort: 8080, protocol: "tcp" }],
          environment: [],
          mountPoints: [],
          volumesFrom: [],
          systemControls: [],
        },
      ],
    });
    await w.ecs.close();
  });

  it("show their tags only when asked, beside the definition", async () => {
    const w = await world();
    await w.register("app:1");
    const tags = [{ key: "team", value: "shop" }];
    const { taskDefinition } = (await w.call("DescribeTaskDefinition", { taskDefinition: "web" })) as {
      taskDefinition: { taskDefinitionArn: string };
    };
    await w.call("TagResource", { resourceArn: taskDefinition.taskDefinitionArn, tags });
    expect(await w.call("DescribeTaskDefinition", { taskDefinition: "web" })).not.toHaveProperty("tags");
    expect(
      await w.call("DescribeTaskDefinition", { taskDefinition: "web", include: ["TAGS"] }),
    ).toMatchObject({ tags });
    await w.ecs.close();
  });

  it("once INACTIVE are no longer the latest of their family and cannot be put on a service", async () => {
    const w = await world();
    const first = await w.register("app:1");
    const second = await w.register("app:2");
    await w.call("DeregisterTaskDefinition", { taskDefinition: second });
    expect(await w.call("DescribeTaskDefinition", { taskDefinition: "web" })).toMatchObject({
      taskDefinition: { taskDefinitionArn: first },
    });
    await expect(w.call("CreateService", fargateService(second))).rejects.toMatchObject({
      code: "ClientException",
      message: "TaskDefinition is inactive",
    });
    expect(await w.call("ListTaskDefinitions", { status: "INACTIVE" })).toEqual({
      taskDefinitionArns: [second],
    });
    await w.ecs.close();
  });

  it("never give a deleted revision's number again", async () => {
    const w = await world();
    const first = await w.register("app:1");
    await w.call("DeregisterTaskDefinition", { taskDefinition: first });
    await w.call("DeleteTaskDefinitions", { taskDefinitions: [first] });
    expect(await w.register("app:2")).toMatch(/:2$/);
    await w.ecs.close();
  });

  it.each([
    [{ requiresCompatibilities: ["FARGATE"], networkMode: "bridge" }, /network mode 'awsvpc'/],
    [{ containerDefinitions: [] }, /Container list cannot be empty/],
    [
      { containerDefinitions: [{ name: "a", image: "x", memory: 1, essential: false }] },
      /any essential containers/,
    ],
    [
      { containerDefinitions: [{ name: "a", image: "x" }] },
      /'memory' or 'memoryReservation' must be specified/,
    ],
  ])("that are wrong are refused: %j", async (wrong, message) => {
    const w = await world();
    const containerDefinitions = [{ name: "a", image: "x", memory: 128 }];
    await expect(
      w.call("RegisterTaskDefinition", { family: "web", containerDefinitions, ...wrong }),
    ).rejects.toThrow(message);
    await w.ecs.close();
  });
});

describe("services", () => {
  it("that are missing are named in failures; a missing cluster is an error", async () => {
    const w = await world();
    expect(await w.call("DescribeServices", { cluster: "shop", services: ["none"] })).toEqual({
      services: [],
      failures: [{ arn: "arn:aws:ecs:eu-west-1:123456789012:service/shop/none", reason: "MISSING" }],
    });
    await expect(w.call("DescribeServices", { services: ["none"] })).rejects.toMatchObject({
      code: "ClusterNotFoundException",
    });
    await expect(w.call("UpdateService", { cluster: "shop", service: "none" })).rejects.toMatchObject({
      code: "ServiceNotFoundException",
    });
    await w.ecs.close();
  });

  it("are updated only in what is given: null keeps, an empty list removes", async () => {
    const w = await world();
    await w.call("CreateService", fargateService(await w.register("app:1")));
    await w.settled();
    const kept = await w.call("UpdateService", {
      cluster: "shop",
      service: "web",
      loadBalancers: null,
      desiredCount: null,
    });
    expect(kept).toMatchObject({ service: { desiredCount: 2, loadBalancers: [{ targetGroupArn: BLUE }] } });
    const removed = await w.call("UpdateService", { cluster: "shop", service: "web", loadBalancers: [] });
    expect(removed).toMatchObject({ service: { loadBalancers: [] } });
    expect((await w.service()).deployments).toHaveLength(2);
    await w.ecs.close();
  });

  it.each([
    [{ desiredCount: undefined }, /Desired count can not be blank/],
    [{ networkConfiguration: undefined }, /Network Configuration must be provided/],
    [
      { loadBalancers: [{ targetGroupArn: missing, containerName: "app", containerPort: 8080 }] },
      /target group does not exist/,
    ],
    [
      { loadBalancers: [{ targetGroupArn: BLUE, containerName: "app", containerPort: 9090 }] },
      /did not have a container port 9090/,
    ],
    [
      { deploymentConfiguration: { strategy: "BLUE_GREEN", bakeTimeInMinutes: 1 } },
      /advancedConfiguration field is required/,
    ],
    [{ deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 100 } }, /block deployments/],
  ])("that cannot work are refused before anything is created: %j", async (wrong, message) => {
    const w = await world();
    await expect(w.call("CreateService", fargateService(await w.register("app:1"), wrong))).rejects.toThrow(
      message,
    );
    expect(w.ecs.state.services.size).toBe(0);
    await w.ecs.close();
  });

  it("are deleted only at desired count 0 or by force, and then drain to INACTIVE", async () => {
    const w = await world();
    await w.call("CreateService", fargateService(await w.register("app:1")));
    await w.settled();
    await expect(w.call("DeleteService", { cluster: "shop", service: "web" })).rejects.toMatchObject({
      code: "InvalidParameterException",
      message: "The service cannot be stopped while it is scaled above 0.",
    });
    await w.call("DeleteService", { cluster: "shop", service: "web", force: true });
    expect((await w.service()).status).toBe("DRAINING");
    await w.until(async () => (await w.service()).status === "INACTIVE");
    expect(w.runtime.containers).toEqual([]);
    await expect(w.call("UpdateService", { cluster: "shop", service: "web" })).rejects.toMatchObject({
      code: "ServiceNotActiveException",
    });
    await w.ecs.close();
  });

  it("replace a task whose essential container dies", async () => {
    const w = await world();
    await w.call("CreateService", fargateService(await w.register("app:1")));
    await w.settled();
    w.runtime.crash("app:1", 139);
    await w.clock.advance(1_000);
    expect((await w.service()).runningCount).toBe(0);
    await w.until(async () => (await w.service()).runningCount === 2);
    await w.ecs.close();
  });

  it("under CODE_DEPLOY refuse a task definition from UpdateService", async () => {
    const w = await world();
    const arn = await w.register("app:1");
    await w.call("CreateService", fargateService(arn, { deploymentController: { type: "CODE_DEPLOY" } }));
    await expect(
      w.call("UpdateService", { cluster: "shop", service: "web", taskDefinition: arn }),
    ).rejects.toThrow(
      "Unable to update task definition on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.",
    );
    await w.ecs.close();
  });
});
