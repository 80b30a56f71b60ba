import { describe, expect, it } from "@jest/globals";
import { differences } from "../../../../packages/aws/src/ecs/task-definition/diff.ts";
import { isSame } from "../../../../packages/aws/src/ecs/task-definition/normalise.ts";

const given = {
  family: "shop",
  networkMode: "awsvpc",
  cpu: ".25 vCPU",
  memory: "0.5 GB",
  requiresCompatibilities: ["FARGATE"],
  containerDefinitions: [
    {
      name: "api",
      image: "shop:1",
      portMappings: [{ containerPort: 3000 }],
      environment: [
        { name: "B", value: "2" },
        { name: "A", value: "1" },
      ],
      healthCheck: { command: ["CMD", "true"] },
    },
  ],
};
const described = {
  ...given,
  cpu: "256",
  memory: "512",
  volumes: [],
  placementConstraints: [],
  runtimePlatform: { cpuArchitecture: "X86_64", operatingSystemFamily: "LINUX" },
  containerDefinitions: [
    {
      name: "api",
      image: "shop:1",
      cpu: 0,
      essential: true,
      portMappings: [{ containerPort: 3000, hostPort: 3000, protocol: "tcp" }],
      environment: [
        { name: "A", value: "1" },
        { name: "B", value: "2" },
      ],
      mountPoints: [],
      volumesFrom: [],
      systemControls: [],
      readonlyRootFilesystem: false,
      healthCheck: { command: ["CMD", "true"], interval: 30, timeout: 5, retries: 3 },
    },
  ],
};
const change = (members: object) => ({
  ...given,
  containerDefinitions: [{ ...given.containerDefinitions[0], ...members }],
});

describe("two task definitions", () => {
  it("are the same when Describe only filled in defaults and another order", () => {
    expect(isSame(given, described)).toBe(true);
  });

  it.each([
    ["the image", { image: "shop:2" }],
    ["a variable", { environment: [{ name: "A", value: "1" }] }],
    [
      "a variable that becomes empty",
      {
        environment: [
          { name: "A", value: "" },
          { name: "B", value: "2" },
        ],
      },
    ],
    ["the order of the command", { command: ["b", "a"] }],
    ["that a container is not essential", { essential: false }],
    ["a fixed host port", { portMappings: [{ containerPort: 3000, hostPort: 80 }] }],
    ["a time of the health check", { healthCheck: { command: ["CMD", "true"], interval: 10 } }],
    ["a read-only file system", { readonlyRootFilesystem: true }],
  ])("differ in %s", (_what, members) => {
    expect(isSame(change(members), described)).toBe(false);
  });

  it("differ when a bridge port is fixed to the container's own", () => {
    const bridge = (hostPort: number) => ({
      family: "shop",
      containerDefinitions: [
        { name: "api", image: "shop:1", portMappings: [{ containerPort: 80, hostPort }] },
      ],
    });
    expect(isSame(bridge(0), bridge(80))).toBe(false);
  });

  it("differ in their tags", () => {
    expect(isSame({ ...given, tags: [{ key: "team", value: "shop" }] }, given)).toBe(false);
  });
});

describe("the table of differences", () => {
  it("is empty for the same definition", () => {
    expect(differences(described, given)).toEqual([]);
  });

  it("shows an image before and after", () => {
    expect(differences(described, change({ image: "shop:2" }))).toEqual([
      { what: "container api: image", before: "shop:1", after: "shop:2" },
    ]);
  });

  it("names variables and secrets without their values", () => {
    const rows = differences(
      described,
      change({
        environment: [
          { name: "A", value: "token-of-a" },
          { name: "C", value: "token-of-c" },
        ],
        secrets: [{ name: "KEY", valueFrom: "arn:aws:ssm:eu-central-1:123456789012:parameter/key" }],
      }),
    );
    expect(rows).toEqual([
      {
        what: "container api: environment variables",
        before: "B (removed)",
        after: "C (added), A (changed)",
      },
      { what: "container api: secrets", before: "", after: "KEY (added)" },
    ]);
  });

  it("shows containers that come and go, and nested members by their path", () => {
    const rows = differences(described, {
      ...given,
      containerDefinitions: [
        { ...given.containerDefinitions[0], healthCheck: { command: ["CMD", "true"], retries: 9 } },
        { name: "sidecar", image: "proxy:1" },
      ],
    });
    expect(rows).toEqual([
      { what: "container api: healthCheck.retries", before: "", after: "9" },
      { what: "container sidecar: image", before: "", after: "proxy:1" },
      { what: "container sidecar: name", before: "", after: "sidecar" },
    ]);
  });
});
