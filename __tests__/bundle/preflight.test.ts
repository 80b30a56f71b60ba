import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { applySeed, parseSeed, type SimulatedAws, startSimulatedAws } from "#ship/simulators";
import { runStep, type StepOptions } from "./runner-step.ts";

const seed = `
clusters: [production]
roles:
  - name: ship
    subjects: ["repo:acme/shop-api:environment:production"]
target-groups: [{ name: blue }, { name: green }]
load-balancers:
  - name: shop
    listeners:
      - port: 80
        forward: { blue: 1 }
        rules: [{ priority: 10, path: /*, forward: { blue: 100, green: 0 } }]
task-definitions:
  - family: shop-api
    networkMode: awsvpc
    containerDefinitions: [{ name: api, image: shop-api, memory: 128 }]
services:
  - { name: shop-api, cluster: production, task-definition: shop-api, desired-count: 0, container: api }
`;
const role = "arn:aws:iam::123456789012:role/ship";
let workspace: string;
let aws: SimulatedAws;

beforeAll(() => {
  workspace = mkdtempSync(join(tmpdir(), "ship-preflight-"));
  writeFileSync(join(workspace, "task-definition.json"), "{}");
});
afterAll(() => rmSync(workspace, { recursive: true, force: true }));
beforeEach(async () => {
  aws = await startSimulatedAws({ job: { environment: "production" } });
  await applySeed(aws, parseSeed(seed, "seed"));
});
afterEach(() => aws.close());

/** A job that may ask for OIDC tokens, and holds no keys. */
function jobEnvironment(): Record<string, string> {
  return { AWS_ENDPOINT_URL: aws.url, AWS_REGION: aws.region, ...aws.oidc.environment() };
}

function preflight(inputs: Readonly<Record<string, string>>, more: Partial<StepOptions> = {}) {
  return runStep({ action: "preflight", workspace, inputs, environment: jobEnvironment(), ...more });
}

const called = () => aws.calls.all.map(({ action }) => action);

describe("the preflight bundle", () => {
  it("says ready, as whom and with which subject, when everything is there", async () => {
    const rules = (await aws.call("elbv2", "DescribeLoadBalancers", {}))["LoadBalancers"];
    const [balancer] = rules as { LoadBalancerArn: string }[];
    const listeners = (
      await aws.call("elbv2", "DescribeListeners", { LoadBalancerArn: balancer?.LoadBalancerArn })
    )["Listeners"];
    const [listener] = listeners as { ListenerArn: string }[];
    const [rule] = aws.elbv2.rules(listener?.ListenerArn ?? "");
    const step = await preflight({
      "role-to-assume": role,
      cluster: "production",
      services: "shop-api",
      "listener-rule-arn": rule?.arn ?? "",
      files: "task-definition.json",
      tools: "node",
      permissions: "id-token=write",
      required: "DATABASE_URL=postgres://x",
    });
    expect(step.errors).toEqual([]);
    expect(step).toMatchObject({ exitCode: 0, outputs: { result: "ready", problems: "" } });
    expect(step.summary).toContain("repo:acme/shop-api:environment:production");
    expect(step.summary).toContain("assumed-role/ship/");
    expect(step.summary).not.toContain("postgres://x");
    expect(called().filter((action) => action === "AssumeRoleWithWebIdentity")).toHaveLength(1);
    expect(aws.violations).toEqual([]);
  });

  it("lists every problem at once, with what to do about each", async () => {
    const step = await preflight({
      "role-to-assume": role,
      cluster: "production",
      services: "shop-api, shop-worker",
      files: "missing.json",
      tools: "no-such-tool",
      required: "ECS_CLUSTER=",
    });
    expect(step.exitCode).toBe(1);
    expect(step.errors).toHaveLength(1);
    expect(step.errors[0]).toContain("PREFLIGHT_FAILED: 4 problems");
    for (const words of [
      "ECS_CLUSTER is empty",
      "missing.json is not in the workspace",
      "no-such-tool is not on PATH",
      "shop-worker in production is MISSING",
    ]) {
      expect(step.outputs["problems"]).toContain(words);
    }
  });

  it("shows the subject that the trust policy must accept when the role refuses the job", async () => {
    aws.sts.putRole({
      name: "ship",
      audience: "sts.amazonaws.com",
      subjects: ["repo:acme/shop-api:environment:staging"],
      maxSessionSeconds: 3600,
    });
    const step = await preflight({ "role-to-assume": role });
    expect(step.exitCode).toBe(1);
    expect(step.errors[0]).toContain("AccessDenied");
    expect(step.errors[0]).toContain(
      "must accept the subject repo:acme/shop-api:environment:production with audience sts.amazonaws.com",
    );
  });

  it("names the missing permission when the job may not ask for a token", async () => {
    const step = await preflight(
      { "role-to-assume": role, permissions: "id-token=write" },
      { environment: { AWS_ENDPOINT_URL: aws.url, AWS_REGION: aws.region } },
    );
    expect(step.exitCode).toBe(1);
    expect(step.outputs["problems"]).toContain("id-token: write is missing");
    expect(called()).toEqual([]);
  });

  it("shows AWS's words when a call is denied", async () => {
    aws.faults.add({ service: "ecs", action: "DescribeServices", fault: { kind: "denied" } });
    const step = await preflight({ "role-to-assume": role, cluster: "production", services: "shop-api" });
    expect(step.exitCode).toBe(1);
    expect(step.errors[0]).toContain("is not authorized to perform: ecs:DescribeServices");
  });

  it("reports input mistakes without calling anything", async () => {
    const step = await preflight({
      "role-to-asume": role,
      cluster: "production",
      permissions: "contents=all",
    });
    expect(step.exitCode).toBe(1);
    expect(step.errors[0]).toContain(
      "role-to-asume is not an input of this action; the nearest is role-to-assume",
    );
    expect(called()).toEqual([]);
  });

  it("never shows what is required, not even lines that it cannot read", async () => {
    const required = "KEY=-----BEGIN KEY-----\nhunter2secretline\n-----END KEY-----";
    const step = await preflight({ required });
    expect(step.errors[0]).toMatch(/required is "\*\*\*" .* accepted: lines of key=value/);
    const seen = [
      step.stdout.replaceAll(/^::add-mask::.*$/gm, ""),
      step.summary,
      ...Object.values(step.outputs),
    ];
    expect(seen.join("\n")).not.toContain("hunter2secretline");
  });

  it("names a misspelt permission instead of passing it by", async () => {
    const step = await preflight({ permissions: "contnets=read" });
    expect(step.errors[0]).toContain(
      'permissions: "contnets" is no permission; accepted: actions, checks, contents',
    );
  });

  it("gives one reason, in one line, when there is no identity", async () => {
    const step = await preflight(
      { "role-to-assume": role, cluster: "production", services: "shop-api" },
      {
        environment: {
          AWS_ENDPOINT_URL: aws.url,
          AWS_REGION: aws.region,
          ACTIONS_ID_TOKEN_REQUEST_URL: "http://127.0.0.1:1/token?v=1",
          ACTIONS_ID_TOKEN_REQUEST_TOKEN: "request-token",
        },
      },
    );
    expect(step.outputs["problems"]).toMatch(
      /^identity: The runner gave no OIDC token: connect ECONNREFUSED 127\.0\.0\.1:1 — Add [^\n]*$/,
    );
    expect(step.summary).toContain("not looked at, for want of an identity");
  });

  it.each([
    [
      "http://127.0.0.1:1",
      /sts:GetCallerIdentity got no answer: connect ECONNREFUSED .* — Check the region, and AWS_ENDPOINT_URL/,
    ],
    [
      "nonsense",
      /sts:GetCallerIdentity could not be sent: Invalid URL — Check the region, and AWS_ENDPOINT_URL/,
    ],
  ])("names the setting to look at when the endpoint is %s", async (endpoint, words) => {
    const keys = { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "example" };
    const step = await preflight(
      { cluster: "production", services: "shop-api" },
      { environment: { AWS_ENDPOINT_URL: endpoint, AWS_REGION: aws.region, ...keys } },
    );
    expect(step.outputs["problems"]).toMatch(words);
  });

  it.each([
    ["sts", "GetCallerIdentity", "AssumeRoleWithWebIdentity"],
    ["ecs", "DescribeServices", "GetCallerIdentity"],
  ])("ends promptly and changes nothing when cancelled while %s hangs", async (service, action, before) => {
    aws.faults.add({ service, action, fault: { kind: "hang" } });
    const step = await preflight(
      { "role-to-assume": role, cluster: "production", services: "shop-api", required: "A=b" },
      { interruptWhen: () => called().includes(before) },
    );
    expect(step.exitCode).toBe(1);
    expect(step.tookToStop).toBeLessThan(7_000);
    expect(step.outputs["result"]).toBe("cancelled");
  });

  describe("asking GitHub about the token's permissions", () => {
    let api: Server;
    const statuses: Record<string, number> = { "deployments?per_page=1": 403 };

    beforeAll(async () => {
      api = createServer((request, response) => {
        const path = (request.url ?? "").replace("/repos/octo/shop/", "");
        response
          .writeHead(request.headers.authorization === "Bearer ghs_token" ? (statuses[path] ?? 200) : 401)
          .end("{}");
      });
      await new Promise<void>((listening) => api.listen(0, "127.0.0.1", listening));
    });
    afterAll(() => {
      api.close();
    });

    it("says that the API could not be asked, and why", async () => {
      const step = await preflight(
        { permissions: "contents=read", "github-token": "ghs_token" },
        { environment: { GITHUB_API_URL: "http://127.0.0.1:2" } },
      );
      expect(step.summary).toMatch(/http:\/\/127\.0\.0\.1:2 could not be asked: connect ECONNREFUSED/);
    });

    it("tells granted, missing and unprovable apart", async () => {
      const step = await preflight(
        { permissions: "contents=read\ndeployments=write\nissues=write", "github-token": "ghs_token" },
        { environment: { GITHUB_API_URL: `http://127.0.0.1:${(api.address() as AddressInfo).port}` } },
      );
      expect(step.exitCode).toBe(1);
      expect(step.outputs["problems"]).toBe(
        "permission: deployments: write is missing: reading was refused (HTTP 403); add it to the job's permissions",
      );
      expect(step.summary).toContain("contents: read is granted");
      expect(step.summary).toContain("issues: write: a read succeeded; writing cannot be tried");
    });
  });
});
