import { describe, expect, it } from "@jest/globals";
import type { ShipError } from "#ship/kit";
import { parseTaskDefinition } from "../../../../packages/aws/src/ecs/task-definition/document.ts";

const minimal = { family: "shop", containerDefinitions: [{ name: "api", image: "shop:1", memory: 128 }] };
const parse = (document: unknown) => parseTaskDefinition(JSON.stringify(document), "task.json");
const container = (members: object) => ({
  ...minimal,
  containerDefinitions: [{ ...minimal.containerDefinitions[0], ...members }],
});
const kept = (members: object) => {
  const { containerDefinitions } = parse(container(members)) as { containerDefinitions: object[] };
  return containerDefinitions[0];
};

function problem(work: () => unknown): ShipError {
  try {
    work();
  } catch (error) {
    return error as ShipError;
  }
  throw new Error("The document was accepted.");
}

describe("a task definition document", () => {
  it("is read from JSON and from YAML alike", () => {
    const yaml =
      "family: shop\ncontainerDefinitions:\n  - name: api\n    image: shop:1\n    memory: 128 # MiB\n";
    expect(parseTaskDefinition(yaml, "task.yml")).toEqual(parse(minimal));
  });

  it("may use YAML anchors and merge keys", () => {
    const yaml = `family: shop
containerDefinitions:
  - &base { name: api, image: "shop:1", memory: 128 }
  - { <<: *base, name: worker }
`;
    expect(parseTaskDefinition(yaml, "task.yml")["containerDefinitions"]).toEqual([
      { name: "api", image: "shop:1", memory: 128 },
      { name: "worker", image: "shop:1", memory: 128 },
    ]);
  });

  it("is refused when its aliases would grow without bound", () => {
    const rows = Array.from(
      { length: 9 },
      (_, index) => `x${index + 1}: &a${index + 1} [${Array(10).fill(`*a${index}`).join(", ")}]`,
    );
    const refused = problem(() => parseTaskDefinition(["x0: &a0 [x]", ...rows].join("\n"), "bomb.yml"));
    expect(refused.code).toBe("DOCUMENT_INVALID");
    expect(refused.message).toMatch(/^bomb.yml cannot be parsed: .*alias/i);
  });

  it("with thousands of mistakes names the first of them and how many more there are", () => {
    const wrong = Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`wrong${index}`, 1]));
    const refused = problem(() => parse({ ...minimal, ...wrong }));
    expect(refused.message).toContain("wrong0 is not known");
    expect(refused.message).toMatch(/; and 2980 more\.$/);
    expect(refused.details).toHaveLength(3_000);
  });

  it("may be as large as Amazon ECS takes", () => {
    const environment = Array.from({ length: 2_000 }, (_, index) => ({
      name: `KEY_${index}`,
      value: "x".repeat(20),
    }));
    expect(kept({ environment })).toMatchObject({ environment });
  });

  it("is unwrapped from an answer of Describe, with its own tags and without AWS's", () => {
    const described = {
      taskDefinition: {
        ...minimal,
        taskDefinitionArn: "arn:aws:ecs:eu-central-1:123456789012:task-definition/shop:7",
        revision: 7,
        status: "INACTIVE",
        requiresAttributes: [{ name: "ecs.capability.task-eni" }],
        compatibilities: ["EC2"],
        registeredAt: "2026-01-01T00:00:00Z",
        deregisteredAt: "2026-01-02T00:00:00Z",
        deleteRequestedAt: "2026-01-03T00:00:00Z",
        registeredBy: "arn:aws:iam::123456789012:root",
      },
      tags: [
        { key: "team", value: "shop" },
        { key: "aws:cloudformation:stack-name", value: "shop" },
      ],
    };
    expect(parse(described)).toEqual({ ...minimal, tags: [{ key: "team", value: "shop" }] });
  });

  it("keeps fields that peers lose", () => {
    const rich = {
      ...minimal,
      enableFaultInjection: true,
      inferenceAccelerators: [{ deviceName: "d", deviceType: "eia2.medium" }],
    };
    expect(parse(rich)).toEqual(rich);
  });
});

describe("empty values", () => {
  it("stay where they mean something", () => {
    const meaningful = {
      command: ["app", "--flag", ""],
      environment: [{ name: "EMPTY", value: "" }],
      dockerLabels: { "com.example.flag": "" },
      logConfiguration: { logDriver: "json-file", options: { tag: "" } },
      cpu: 0,
      essential: false,
    };
    expect(kept(meaningful)).toMatchObject(meaningful);
  });

  it("stay in the properties of a proxy", () => {
    const proxyConfiguration = {
      type: "APPMESH",
      containerName: "envoy",
      properties: [{ name: "EgressIgnoredIPs", value: "" }],
    };
    expect(parse({ ...minimal, proxyConfiguration })).toMatchObject({ proxyConfiguration });
  });

  it.each([
    ["null", { workingDirectory: null }],
    ["an empty list", { links: [] }],
    ["an empty text", { user: "" }],
    ["an object left empty", { repositoryCredentials: { credentialsParameter: "" } }],
  ])("mean not set as %s", (_what, members) => {
    expect(kept(members)).toEqual(minimal.containerDefinitions[0]);
  });

  it("are dropped from tags, which the API rejects empty", () => {
    expect(parse({ ...minimal, tags: [], taskRoleArn: "" })).toEqual(minimal);
  });
});

describe("mistakes in a document", () => {
  it.each([
    ["at the top", { ...minimal, netwrokMode: "awsvpc" }, "netwrokMode", "networkMode"],
    ["in a container", container({ enviroment: [] }), "containerDefinitions[0].enviroment", "environment"],
    [
      "deep inside",
      container({ healthCheck: { comand: ["CMD"] } }),
      "containerDefinitions[0].healthCheck.comand",
      "command",
    ],
  ])("name an unknown key %s with its path and the nearest one", (_where, document, path, nearest) => {
    const error = problem(() => parse(document));
    expect(error.code).toBe("DOCUMENT_INVALID");
    expect(error.message).toContain(`${path} is not known to Amazon ECS; the nearest key is ${nearest}`);
  });

  it.each([
    ["a number where a text belongs", { ...minimal, cpu: 256 }, "cpu is 256; it must be a text"],
    ["a quoted number", container({ memory: "128" }), 'memory is "128"; it must be a number'],
    ["a word for a boolean", container({ essential: "yes" }), 'essential is "yes"; it must be a boolean'],
    ["an object for a list", { ...minimal, volumes: {} }, "volumes is an object; it must be a list"],
    [
      "a version YAML read as a number",
      container({ environment: [{ name: "V", value: 1.1 }] }),
      "value is 1.1",
    ],
  ])("name %s", (_what, document, text) => {
    expect(problem(() => parse(document)).message).toContain(text);
  });

  it("are reported together", () => {
    const error = problem(() => parse({ ...container({ imge: "x" }), familly: "shop" }));
    expect(error.details).toHaveLength(2);
  });

  it("include text that is neither YAML nor JSON, with its line", () => {
    expect(problem(() => parseTaskDefinition("family: shop\nvolumes: }", "task.yml")).message).toMatch(
      /^task\.yml cannot be parsed: .* at line 2, column \d+\.$/,
    );
  });

  it("include a document without a family or without containers", () => {
    expect(problem(() => parse({ containerDefinitions: [] })).message).toContain("family is missing");
    expect(problem(() => parse({ family: "shop" })).message).toContain("containerDefinitions is missing");
  });

  it("include strangers beside a wrapped definition", () => {
    expect(problem(() => parse({ taskDefinition: minimal, family: "shop" })).message).toContain(
      "family stands beside taskDefinition",
    );
  });
});
