import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { container, definition, deployWorld } from "./deploy-world.ts";

const world = deployWorld();

describe("the deploy-ecs bundle", () => {
  it("deploys, and is unchanged when run again", async () => {
    const first = await world.deploy();
    expect(first.errors).toEqual([]);
    expect(first.exitCode).toBe(0);
    expect(first.outputs).toMatchObject({
      result: "deployed",
      "task-definition-arn": expect.stringMatching(/:task-definition\/shop:2$/),
      "previous-task-definition-arn": expect.stringMatching(/:task-definition\/shop:1$/),
      "service-arn": expect.stringMatching(/:service\/default\/shop$/),
      "console-url": expect.stringMatching(/^https:\/\/eu-central-1\.console\.aws\.amazon\.com\/ecs\/v2\//),
    });
    expect(first.summary).toContain("deploy shop: deployed");
    expect(world.images()).toEqual(["shop:2", "shop:2"]);

    const before = world.writes();
    const second = await world.deploy();
    expect(second.outputs["result"]).toBe("unchanged");
    expect(world.writes()).toEqual(before);
  });

  it("finds a service by its ARN in the ARN's cluster, and refuses another cluster", async () => {
    await world.ecs("CreateCluster", { clusterName: "far" });
    const far = { cluster: "far", taskDefinition: "shop", desiredCount: 0, launchType: "FARGATE" };
    const network = { awsvpcConfiguration: { subnets: ["subnet-1"] } };
    const made = await world.ecs("CreateService", {
      ...far,
      serviceName: "shop",
      networkConfiguration: network,
    });
    const { serviceArn: service } = made["service"] as { serviceArn: string };
    const found = await world.deploy({ service, "dry-run": "true" });
    expect(found.outputs).toMatchObject({ result: "planned", "service-arn": service });
    const before = world.aws.calls.all.length;
    const { errors } = await world.deploy({ service, cluster: "production" });
    expect(errors[0]).toMatch(
      /service: it is arn:.*\/far\/shop, of the cluster far, but the cluster is production/,
    );
    expect(world.aws.calls.all).toHaveLength(before);
  });

  it("says every input mistake in one annotation and calls nothing", async () => {
    const before = world.aws.calls.all.length;
    const { exitCode, errors, outputs } = await world.deploy({
      "container-name": "",
      strategy: "canry",
      "desired-count": "many",
      servce: "shop",
    });
    expect(exitCode).toBe(1);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/^INPUT_INVALID: /);
    expect(errors[0]).toMatch(/servce.*nearest is service/);
    expect(errors[0]).toMatch(/desired-count is "many"/);
    expect(outputs["result"]).toBe("failed");
    expect(world.aws.calls.all).toHaveLength(before);
  });

  it("says what inputs together lack", async () => {
    const { errors } = await world.deploy({
      "container-name": "",
      strategy: "linear",
      "canary-percent": "5%",
    });
    expect(errors[0]).toMatch(/container-name: it is empty, so `image` has no container/);
    expect(errors[0]).toMatch(/canary-percent: it is for `strategy: canary`, but `strategy` is linear/);
  });

  it("names a misspelt key of the document with its path, before anything is written", async () => {
    world.write("task-definition.json", definition("shop", container("api", "shop:1", { imag: "x" })));
    const { exitCode, errors } = await world.deploy();
    expect(exitCode).toBe(1);
    expect(errors[0]).toContain("containerDefinitions[0].imag is not known to Amazon ECS");
    expect(world.writes()).toEqual([]);
  });

  it("names the permission that is missing", async () => {
    world.aws.faults.add({ action: "RegisterTaskDefinition", fault: { kind: "denied" } });
    const { exitCode, errors, outputs } = await world.deploy();
    expect(exitCode).toBe(1);
    expect(errors[0]).toMatch(
      /^ACCESS_DENIED: ecs:RegisterTaskDefinition .*Allow ecs:RegisterTaskDefinition/,
    );
    expect(outputs["reason"]).toMatch(/^ACCESS_DENIED: /);
    expect(world.images()).toEqual(["shop:1", "shop:1"]);
  });

  it("lives through throttling and lost answers", async () => {
    world.aws.faults.add(
      { action: "DescribeServices", times: 2, fault: { kind: "throttle" } },
      { action: "UpdateService", nth: 1, fault: { kind: "lost-answer" } },
      { action: "DescribeServiceDeployments", nth: 1, fault: { kind: "server-error", status: 503 } },
    );
    const { exitCode, outputs } = await world.deploy();
    expect(exitCode).toBe(0);
    expect(outputs["result"]).toBe("deployed");
    expect(world.aws.ecs.state.families.get("shop")?.revisions).toHaveLength(2);
  });

  it("explains a crash and ends with the previous revision serving", async () => {
    world.runtime.script("shop:2", {
      does: "exits",
      afterMs: 5,
      code: 3,
      lines: ["cannot read DATABASE_URL", "::add-mask::x"],
    });
    const { exitCode, errors, outputs, stdout, summary } = await world.deploy();
    expect(exitCode).toBe(1);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/^DEPLOYMENT_ROLLED_BACK: .*api: exit code 3.* shop:1 serves again\./);
    expect(outputs["result"]).toBe("rolled-back");
    expect(stdout).toContain("cannot read DATABASE_URL");
    expect(stdout).not.toMatch(/^\s*::add-mask::x/m);
    expect(summary).toContain("cannot read DATABASE_URL");
    expect(world.images()).toEqual(["shop:1", "shop:1"]);
  });

  it("goes back at once when cancelled, and the post step sees it through", async () => {
    world.runtime.script("shop:2", { does: "unhealthy" });
    const { exitCode, outputs, tookToStop, post } = await world.deploy(
      {},
      { interruptAt: /IN_PROGRESS .* running/, post: "run" },
    );
    expect(exitCode).toBe(1);
    expect(["cancelled", "rolled-back"]).toContain(outputs["result"]);
    expect(tookToStop).toBeLessThan(7_000);
    expect(post?.exitCode).toBe(0);
    expect(await world.revision()).toBe("shop:1");
    expect(world.images()).toEqual(["shop:1", "shop:1"]);
  });

  it("leaves enough behind for the post step to go back when it is killed", async () => {
    world.runtime.script("shop:2", { does: "unhealthy" });
    const { outputs, post } = await world.deploy({}, { killAt: /IN_PROGRESS .* running/, post: "run" });
    expect(outputs["result"]).toBeUndefined();
    expect(post?.exitCode).toBe(0);
    expect(post?.stdout).toMatch(/::notice::shop was seen to run .*shop:1 again/);
    expect(world.images()).toEqual(["shop:1", "shop:1"]);
  });

  it("says that the service cannot be reached when it keeps failing, and has written nothing", async () => {
    world.aws.faults.add({ action: "DescribeServices", fault: { kind: "server-error", status: 503 } });
    const { exitCode, errors } = await world.deploy();
    expect(exitCode).toBe(1);
    expect(errors[0]).toMatch(/^SERVICE_UNAVAILABLE: ecs:DescribeServices answered/);
    expect(world.writes()).toEqual([]);
  });

  it("asks the health check address once the revision serves", async () => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.url} ${world.images().join()}`);
      response.end("ok");
    });
    const port = await new Promise<number>((listening) =>
      server.listen(0, "127.0.0.1", () => listening((server.address() as AddressInfo).port)),
    );
    try {
      const { outputs } = await world.deploy({ "health-check-url": `http://127.0.0.1:${port}/health` });
      expect(outputs["result"]).toBe("deployed");
      expect(asked).toEqual(["/health shop:2,shop:2"]);
    } finally {
      server.close();
    }
  });
});
