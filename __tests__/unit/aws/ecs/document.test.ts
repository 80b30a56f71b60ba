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
    const yaml = `x-common: &common { memory: 128 }
family: shop
containerDefinitions:
  - &base { <<: *common, name: api, image: "shop:1" }
  - { <<: *base, name: worker }
`;
    expect(parseTaskDefinition(yaml, "task.yml")["containerDefinitions"]).toEqual([
      { name: "api", image: "shop:1", memory: 128 },
      { name: "worker", image: "shop:1", memory: 128 },
    ]);
  });

  it.each([
    ["tabs", JSON.stringify(minimal, undefined, "\t")],
    ["a byte order mark", `\uFEFF${JSON.stringify(minimal)}`],
    ["line ends of Windows", JSON.stringify(minimal, undefined, 2).replaceAll("\n", "\r\n")],
    ["escapes", JSON.stringify(minimal).replace("shop:1", "\\u0073hop:1")],
  ])("may be JSON with %s", (_what, text) => {
    expect(parseTaskDefinition(text, "task.json")).toEqual(minimal);
  });

  it("keeps JSON texts that YAML would read as something else", () => {
    const command = [
      "yes",
      "1.10",
      "0x1F",
      "~",
      "null",
      "2026-01-01",
      "<<",
      "a: b",
      "- c",
      "# d",
      "\ud83d\ude80",
    ];
    expect(kept({ command })).toMatchObject({ command });
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

  it("has the tags beside a wrapped definition and those inside it, where one key has the value beside", () => {
    const tag = (key: string, value: string) => ({ key, value });
    const inside = { ...minimal, tags: [tag("a", "1"), tag("b", "1")] };
    expect(parse({ taskDefinition: inside, tags: [tag("b", "2")] })["tags"]).toEqual([
      tag("a", "1"),
      tag("b", "2"),
    ]);
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

  it("stay where they say what kind of volume there is", () => {
    const volumes = [
      { name: "host", host: {} },
      { name: "docker", dockerVolumeConfiguration: {} },
      { name: "later", configuredAtLaunch: false },
    ];
    expect(parse({ ...minimal, volumes })).toMatchObject({ volumes });
  });

  it("stay under the keys that are to keep them, also as the only entry of their parent", () => {
    const document = container({ links: [], user: "", repositoryCredentials: { credentialsParameter: "" } });
    const keep = new Set(["links", "credentialsParameter", "options"]);
    expect(parseTaskDefinition(JSON.stringify(document), "task.json", keep)).toEqual(
      container({ links: [], repositoryCredentials: { credentialsParameter: "" } }),
    );
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
    [
      "in a later container",
      {
        ...minimal,
        containerDefinitions: [
          ...minimal.containerDefinitions,
          { name: "b", image: "b:1", logConfiguration: { logDriver: "awslogs", optoins: { a: "b" } } },
        ],
      },
      "containerDefinitions[1].logConfiguration.optoins",
      "options",
    ],
    [
      "in another case",
      { ...minimal, ContainerDefinitions: [] },
      "ContainerDefinitions",
      "containerDefinitions",
    ],
    ["in snake case", { ...minimal, task_role_arn: "x" }, "task_role_arn", "taskRoleArn"],
    ["in a volume", { ...minimal, volumes: [{ naem: "x" }] }, "volumes[0].naem", "name"],
  ])("name an unknown key %s with its path and the nearest one", (_where, document, path, nearest) => {
    const error = problem(() => parse(document));
    expect(error.code).toBe("DOCUMENT_INVALID");
    expect(error.message).toContain(`${path} is not known to Amazon ECS; the nearest key is ${nearest}`);
  });

  it.each([
    ["a number where a text belongs", { ...minimal, cpu: 256 }, "cpu is 256; it must be a text"],
    ["a part of a number", container({ memory: 128.5 }), "memory is 128.5; it must be a whole number"],
    ["a number for a label", container({ dockerLabels: { a: 1 } }), "dockerLabels.a is 1; it must be a text"],
    ["a text for a list", container({ command: "npm start" }), 'command is "npm start"; it must be a list'],
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

  it("include containers without a name, and two of one name", () => {
    const containerDefinitions = [{ image: "a:1" }, { name: "b", image: "b:1" }, { name: "b", image: "b:2" }];
    expect(problem(() => parse({ family: "a shop", containerDefinitions })).details).toEqual([
      'family is "a shop"; it must be 1 to 255 letters, digits, hyphens and underscores',
      "containerDefinitions[0].name is missing",
      "containerDefinitions names b twice",
    ]);
    expect(problem(() => parse({ family: "shop", containerDefinitions: [] })).message).toContain(
      "containerDefinitions is missing or empty",
    );
  });

  it.each([
    ["nothing", "", "is empty"],
    ["nothing but a comment", "# later", "is empty"],
    ["a list", "- family: shop", "holds no object"],
    ["a word", "shop", "holds no object"],
    [
      "two documents",
      "family: shop\n---\nfamily: shop2\n",
      "cannot be parsed: Source contains multiple documents",
    ],
    ["a key twice", '{"family": "shop", "family": "other"}', "cannot be parsed: Map keys must be unique"],
    ["a tag of another tool", "family: !Ref Family", "cannot be parsed: Unresolved tag: !Ref"],
  ])("include a file that holds %s", (_what, text, message) => {
    expect(problem(() => parseTaskDefinition(text, "task.yml")).message).toContain(`task.yml ${message}`);
  });

  it("leave the keys of free-form maps alone", () => {
    const free = {
      dockerLabels: { "traefik.http.routers.x.rule": "Host(`a`)", image: "label" },
      logConfiguration: { logDriver: "awslogs", options: { anything: "goes", Mode: "x" } },
      firelensConfiguration: { type: "fluentbit", options: { "enable-ecs-log-metadata": "true" } },
    };
    expect(kept(free)).toMatchObject(free);
    const volumes = [
      { name: "v", dockerVolumeConfiguration: { driverOpts: { o: "x=y" }, labels: { a: "" } } },
    ];
    expect(parse({ ...minimal, volumes })).toMatchObject({ volumes });
  });

  it("include wrong tags beside a wrapped definition", () => {
    expect(problem(() => parse({ taskDefinition: minimal, tags: [{ kye: "a" }] })).message).toContain(
      "tags[0].kye is not known to Amazon ECS; the nearest key is key",
    );
  });

  it("include strangers beside a wrapped definition", () => {
    expect(problem(() => parse({ taskDefinition: minimal, family: "shop" })).message).toContain(
      "family stands beside taskDefinition",
    );
  });
});
