import { describe, expect, it } from "@jest/globals";
import { differences } from "../../../../packages/aws/src/ecs/task-definition/diff.ts";
import { isSame } from "../../../../packages/aws/src/ecs/task-definition/normalise.ts";
import { type Fields, isFields } from "../../../../packages/aws/src/ecs/task-definition/schema.ts";

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

const only = (members: object) => ({ family: "shop", containerDefinitions: [{ name: "api", ...members }] });

/** The same value with every list in it the other way round. */
function reversed(value: unknown): Fields {
  const turn = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(turn).reverse();
    if (!isFields(part)) return part;
    return Object.fromEntries(Object.entries(part).map(([key, member]) => [key, turn(member)]));
  };
  return turn(value) as Fields;
}

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

  it("are the same when a role is wanted by its name, and differ in another role", () => {
    const role = (name: string) => ({ ...given, taskRoleArn: name, executionRoleArn: "app/execution" });
    const arn = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
    const roles = { taskRoleArn: arn("task"), executionRoleArn: arn("app/execution") };
    expect(isSame(role("task"), { ...described, ...roles })).toBe(true);
    expect(isSame(role("ask"), { ...described, ...roles })).toBe(false);
    expect(differences({ ...described, ...roles }, role("other"))).toEqual([
      { what: "taskRoleArn", before: arn("task"), after: "other" },
    ]);
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

  it("differ in a tag that is wanted, not in one that the account added", () => {
    const tags = [{ key: "team", value: "shop" }];
    const added = [{ key: "CreatedBy", value: "deploy" }];
    expect(isSame({ ...given, tags }, given)).toBe(false);
    expect(isSame({ ...given, tags }, { ...given, tags: [{ key: "team", value: "web" }] })).toBe(false);
    expect(isSame({ ...given, tags }, { ...given, tags: [...added, ...tags] })).toBe(true);
    expect(isSame(given, { ...given, tags: added })).toBe(true);
  });

  it.each([
    [
      "containers",
      {
        containerDefinitions: [
          { name: "b", image: "b" },
          { name: "a", image: "a" },
        ],
      },
    ],
    ["volumes", { volumes: [{ name: "b" }, { name: "a" }] }],
    [
      "constraints",
      {
        placementConstraints: [
          { type: "memberOf", expression: "b" },
          { type: "memberOf", expression: "a" },
        ],
      },
    ],
    [
      "proxy properties",
      { proxyConfiguration: { containerName: "x", properties: [{ name: "b" }, { name: "a" }] } },
    ],
    ["compatibilities", { requiresCompatibilities: ["FARGATE", "EC2"] }],
    ["ports", only({ portMappings: [{ containerPort: 2 }, { containerPort: 1 }] })],
    [
      "secrets",
      only({
        secrets: [
          { name: "b", valueFrom: "x" },
          { name: "a", valueFrom: "y" },
        ],
      }),
    ],
    ["mount points", only({ mountPoints: [{ containerPath: "/b" }, { containerPath: "/a" }] })],
    ["limits", only({ ulimits: [{ name: "nproc" }, { name: "nofile" }] })],
    ["dependencies", only({ dependsOn: [{ containerName: "b" }, { containerName: "a" }] })],
  ])("are the same with %s in another order", (_what, members) => {
    const document = { family: "shop", ...members };
    expect(isSame(document, reversed(document))).toBe(true);
  });

  it.each([
    ["environment files", { environmentFiles: [{ value: "a" }, { value: "b" }] }],
    ["DNS servers", { dnsServers: ["10.0.0.1", "10.0.0.2"] }],
    ["entry point words", { entryPoint: ["sh", "-c"] }],
    ["hosts", { extraHosts: [{ hostname: "a" }, { hostname: "b" }] }],
    ["words of a health check", { healthCheck: { command: ["CMD", "true"] } }],
    ["mount options", { linuxParameters: { tmpfs: [{ mountOptions: ["ro", "rw"] }] } }],
  ])("differ with %s in another order", (_what, members) => {
    const document = only(members);
    expect(isSame(document, reversed(document))).toBe(false);
  });

  it.each([
    ["no network mode and bridge", {}, { networkMode: "bridge" }],
    ["nothing and EC2", {}, { requiresCompatibilities: ["EC2"] }],
    [
      "a volume and one of the host without a path",
      { volumes: [{ name: "v" }] },
      { volumes: [{ name: "v", host: {} }] },
    ],
    [
      "a Docker volume and what Docker makes of it",
      { volumes: [{ name: "v", dockerVolumeConfiguration: {} }] },
      {
        volumes: [
          { name: "v", dockerVolumeConfiguration: { scope: "task", driver: "local", autoprovision: false } },
        ],
      },
    ],
    [
      "a file system and its defaults",
      { volumes: [{ name: "v", efsVolumeConfiguration: { fileSystemId: "fs-1" } }] },
      {
        volumes: [
          {
            name: "v",
            efsVolumeConfiguration: {
              fileSystemId: "fs-1",
              rootDirectory: "/",
              transitEncryption: "DISABLED",
            },
          },
        ],
      },
    ],
    ["no tags and none", {}, { tags: [] }],
    ["1 vCPU and 1024", { cpu: "1 vCPU", memory: "2GB" }, { cpu: "1024", memory: "2048" }],
    ["off and absent", {}, { enableFaultInjection: false }],
    [
      "a variable without a value and an empty one",
      { containerDefinitions: [{ name: "a", environment: [{ name: "A" }] }] },
      { containerDefinitions: [{ name: "a", environment: [{ name: "A", value: "" }] }] },
    ],
  ])("are the same with %s", (_what, one, other) => {
    expect(isSame({ family: "x", ...one }, { family: "x", ...other })).toBe(true);
    expect(isSame({ family: "x", ...other }, { family: "x", ...one })).toBe(true);
  });

  it.each([
    [
      "a volume of the host and one of Docker",
      { volumes: [{ name: "v" }] },
      { volumes: [{ name: "v", dockerVolumeConfiguration: {} }] },
    ],
    [
      "another scope of a volume",
      { volumes: [{ name: "v", dockerVolumeConfiguration: {} }] },
      { volumes: [{ name: "v", dockerVolumeConfiguration: { scope: "shared" } }] },
    ],
    ["a platform that instances are chosen by", {}, { runtimePlatform: { cpuArchitecture: "X86_64" } }],
    [
      "another platform",
      { requiresCompatibilities: ["FARGATE"] },
      { requiresCompatibilities: ["FARGATE"], runtimePlatform: { cpuArchitecture: "ARM64" } },
    ],
    [
      "one word more",
      { containerDefinitions: [{ name: "a", command: ["x"] }] },
      { containerDefinitions: [{ name: "a", command: ["x", ""] }] },
    ],
    ["a label that is empty", {}, { containerDefinitions: [{ name: "a", dockerLabels: { on: "" } }] }],
    [
      "a label that says 0",
      { containerDefinitions: [{ name: "a", dockerLabels: { on: "false" } }] },
      { containerDefinitions: [{ name: "a" }] },
    ],
    [
      "a container more",
      { containerDefinitions: [{ name: "a" }] },
      { containerDefinitions: [{ name: "a" }, { name: "b" }] },
    ],
    [
      "a variable given twice with another last value",
      {
        containerDefinitions: [
          {
            name: "a",
            environment: [
              { name: "A", value: "1" },
              { name: "A", value: "2" },
            ],
          },
        ],
      },
      {
        containerDefinitions: [
          {
            name: "a",
            environment: [
              { name: "A", value: "2" },
              { name: "A", value: "1" },
            ],
          },
        ],
      },
    ],
  ])("differ with %s", (_what, one, other) => {
    expect(isSame({ family: "x", ...one }, { family: "x", ...other })).toBe(false);
    expect(isSame({ family: "x", ...other }, { family: "x", ...one })).toBe(false);
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

  it("shows no value that is called like a secret, and cuts long ones", () => {
    const logConfiguration = (token: string) => ({
      logDriver: "splunk",
      options: { "splunk-token": token, "splunk-url": `https://${"x".repeat(200)}` },
      secretOptions: [{ name: "key", valueFrom: token }],
    });
    const shown = JSON.stringify(
      differences(
        change({ logConfiguration: logConfiguration("hush-1") }),
        change({ logConfiguration: logConfiguration("hush-2") }),
      ),
    );
    expect(shown).not.toContain("hush");
    expect(shown).toContain("container api: logConfiguration.options.splunk-token");
    const rows = differences(given, change({ logConfiguration: logConfiguration("hush") }));
    expect(JSON.stringify(rows)).not.toContain("hush");
    expect(rows.find((row) => row.what.endsWith("splunk-url"))?.after).toMatch(/^https:\/\/x{112}…$/);
  });

  it("shows no value of a flag or an assignment that is called like a secret", () => {
    const command = (...words: string[]) => change({ command: words });
    const [difference] = differences(
      command("run", "--db-password", "one", "DB_TOKEN=two"),
      command("sh", "-c", "run --api-key=three --port 80 && SECRET=four x"),
    );
    expect(difference).toEqual({
      what: "container api: command",
      before: '["run","--db-password","***","DB_TOKEN=***"]',
      after: '["sh","-c","run --api-key=*** --port 80 && SECRET=*** x"]',
    });
  });

  it("leaves out tags that the account added", () => {
    expect(differences({ ...given, tags: [{ key: "CreatedBy", value: "x" }] }, given)).toEqual([]);
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
