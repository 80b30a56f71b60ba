import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { ask, pushImage } from "../../contract/simulators/registry-client.ts";
import { first, openShop, type Shop } from "./shop.ts";
import { awsCli, runTool } from "./tools.ts";

let shop: Shop;

beforeEach(async () => {
  shop = await openShop();
});
afterEach(async () => {
  const { violations } = shop.aws;
  await shop.close();
  expect(violations).toEqual([]);
});

const aws = (...args: readonly string[]) => awsCli(shop.environment, ...args);

/** Sends half of the rule's traffic, or any other share, to the canary with the command people use by hand. */
async function splitByHand(stable: number, canary: number): Promise<void> {
  const { TargetGroups } = await aws("elbv2", "describe-target-groups", "--names", "stable", "canary");
  const [stableArn, canaryArn] = [TargetGroups, Array.isArray(TargetGroups) ? TargetGroups.slice(1) : []].map(
    (groups) => first(groups, "TargetGroupArn"),
  );
  const tuples = `[{TargetGroupArn=${stableArn},Weight=${stable}},{TargetGroupArn=${canaryArn},Weight=${canary}}]`;
  await aws(
    ...["elbv2", "modify-rule", "--rule-arn", shop.ruleArn],
    ...["--actions", `Type=forward,ForwardConfig={TargetGroups=${tuples}}`],
  );
}

/** Who answered a hundred requests of curl: lines of bodies, counted. */
async function hundredRequests(): Promise<Record<string, number>> {
  const { stdout } = await runTool("curl", ["--silent", "--noproxy", "*", `${shop.url}?[1-100]`], {});
  const counts: Record<string, number> = {};
  for (const line of stdout.trim().split("\n")) counts[line] = (counts[line] ?? 0) + 1;
  return counts;
}

/** The sum of a load balancer metric of one target group over the last minutes, as GetMetricData reports it. */
async function counted(metric: string, group: "stable" | "canary"): Promise<number> {
  const { LoadBalancers } = await aws("elbv2", "describe-load-balancers");
  const { TargetGroups } = await aws("elbv2", "describe-target-groups", "--names", group);
  const afterColon = (arn: string, marker: string) => arn.slice(arn.indexOf(marker));
  const query = {
    Id: "sum",
    MetricStat: {
      Metric: {
        Namespace: "AWS/ApplicationELB",
        MetricName: metric,
        Dimensions: [
          { Name: "LoadBalancer", Value: afterColon(first(LoadBalancers, "LoadBalancerArn"), "app/") },
          { Name: "TargetGroup", Value: afterColon(first(TargetGroups, "TargetGroupArn"), "targetgroup/") },
        ],
      },
      Period: 60,
      Stat: "Sum",
    },
  };
  const now = Date.now();
  const { MetricDataResults } = await aws(
    ...["cloudwatch", "get-metric-data", "--metric-data-queries", JSON.stringify([query])],
    ...["--start-time", new Date(now - 600_000).toISOString()],
    ...["--end-time", new Date(now + 60_000).toISOString()],
  );
  const [result]: unknown[] = Array.isArray(MetricDataResults) ? MetricDataResults : [];
  const values: unknown = typeof result === "object" && result !== null ? Reflect.get(result, "Values") : [];
  return Array.isArray(values) ? values.reduce((sum: number, value) => sum + Number(value), 0) : 0;
}

describe("the AWS command line at the simulated account", () => {
  it("registers a revision, updates the service and finds it stable", async () => {
    const definition = {
      family: "shop-api",
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      cpu: "256",
      memory: "512",
      containerDefinitions: [{ name: "api", image: "shop-api:2", portMappings: [{ containerPort: 8080 }] }],
    };
    await aws("ecs", "register-task-definition", "--cli-input-json", JSON.stringify(definition));
    await aws(
      ...["ecs", "update-service", "--cluster", "shop", "--service", "stable"],
      ...["--task-definition", "shop-api:2"],
    );
    await shop.ended("stable");

    await aws("ecs", "wait", "services-stable", "--cluster", "shop", "--services", "stable");
    const { services } = await aws("ecs", "describe-services", "--cluster", "shop", "--services", "stable");

    expect(services).toMatchObject([{ runningCount: 2, deployments: [{ rolloutState: "COMPLETED" }] }]);
    expect(first(services, "taskDefinition")).toMatch(/task-definition\/shop-api:2$/);
    expect(await hundredRequests()).toEqual({ "shop-api:2": 100 });
  }, 60_000);

  it("splits traffic with modify-rule, which curl and CloudWatch see alike", async () => {
    await splitByHand(70, 30);

    expect(await hundredRequests()).toEqual({
      "shop-api:1": 70,
      "shop-api:leaky": 15,
      "shop-api:leaky fails": 15,
    });
    expect(await counted("RequestCount", "stable")).toBe(70);
    expect(await counted("RequestCount", "canary")).toBe(30);
    expect(await counted("HTTPCode_Target_5XX_Count", "canary")).toBe(15);
    expect(await counted("HTTPCode_Target_5XX_Count", "stable")).toBe(0);
  }, 60_000);

  it("gets a password that the registry takes, and describes what was pushed with it", async () => {
    const { registry } = shop.aws.ecr;
    const { stdout } = await runTool("aws", ["ecr", "get-login-password"], shop.environment);
    const as = (password: string) => ({
      authorization: `Basic ${Buffer.from(`AWS:${password}`).toString("base64")}`,
    });

    const { digest, answer } = await pushImage(registry, {
      name: "shop-api",
      tag: "1.1.0",
      content: "layer",
      headers: as(stdout.trim()),
    });
    const refused = await ask(registry, "GET", "/v2/", { headers: as("wrong") });
    const { imageDetails } = await aws("ecr", "describe-images", "--repository-name", "shop-api");

    expect(answer.status).toBe(201);
    expect(refused.status).toBe(401);
    expect(imageDetails).toMatchObject([{ imageDigest: digest, imageTags: ["1.1.0"] }]);
  }, 60_000);

  it("is told why in the service's own words when there is no such service", async () => {
    const { exitCode, stderr } = await runTool(
      "aws",
      ["ecs", "update-service", "--cluster", "shop", "--service", "nothing"],
      shop.environment,
    );

    expect(exitCode).toBeGreaterThan(0);
    expect(stderr).toContain("ServiceNotFoundException");
  }, 60_000);
});
