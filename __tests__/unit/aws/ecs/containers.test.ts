import { describe, expect, it } from "@jest/globals";
import type { Changes, ContainerChanges } from "#ship/aws";
import { withChanges } from "../../../../packages/aws/src/ecs/task-definition/containers.ts";

const body = {
  family: "shop",
  containerDefinitions: [
    { name: "api", image: "shop:1", environment: [{ name: "A", value: "1" }] },
    { name: "proxy", image: "proxy:1" },
  ],
};

const into = (name: string, changes: ContainerChanges): Changes => ({
  containers: new Map([[name, changes]]),
});
const container = (members: object) => ({
  family: "shop",
  containerDefinitions: [{ name: "api", ...members }],
});
const api = (members: object, changes: ContainerChanges) => {
  const { containerDefinitions } = withChanges(
    container({ image: "shop:1", ...members }),
    into("api", changes),
  );
  return (containerDefinitions as unknown[])[0];
};

describe("putting changes into a task definition", () => {
  it("sets each container's image and leaves the others", () => {
    expect(withChanges(body, into("proxy", { image: "proxy:2" }))).toEqual({
      ...body,
      containerDefinitions: [body.containerDefinitions[0], { name: "proxy", image: "proxy:2" }],
    });
  });

  it("replaces variables in place, adds new ones, and keeps the rest", () => {
    expect(withChanges(body, into("api", { environment: { B: "a=b=c", A: "2" } }))).toMatchObject({
      containerDefinitions: [
        {
          environment: [
            { name: "A", value: "2" },
            { name: "B", value: "a=b=c" },
          ],
        },
        { name: "proxy" },
      ],
    });
  });

  it("leaves a variable alone that is called like a member of every object", () => {
    const odd = {
      ...body,
      containerDefinitions: [
        { name: "api", image: "shop:1", environment: [{ name: "constructor", value: "1" }] },
      ],
    };
    expect(withChanges(odd, into("api", { environment: { A: "1" } }))["containerDefinitions"]).toEqual([
      {
        name: "api",
        image: "shop:1",
        environment: [
          { name: "constructor", value: "1" },
          { name: "A", value: "1" },
        ],
      },
    ]);
  });

  it("does not touch what it was given", () => {
    const before = structuredClone(body);
    withChanges(body, into("api", { image: "shop:2" }));
    expect(body).toEqual(before);
  });

  it("refuses a container that is not there, naming those that are", () => {
    expect(() => withChanges(body, into("app", { image: "shop:2" }))).toThrow(
      'The task definition shop has no container app; its containers are api, proxy. The nearest to "app" is "api".',
    );
  });
});

describe("secrets", () => {
  it("are set or replaced by name, and the others stay", () => {
    const secrets = [
      { name: "A", valueFrom: "a" },
      { name: "B", valueFrom: "b" },
    ];
    expect(api({ secrets }, { secrets: { B: "b2", C: "c" } })).toEqual({
      name: "api",
      image: "shop:1",
      secrets: [
        { name: "A", valueFrom: "a" },
        { name: "B", valueFrom: "b2" },
        { name: "C", valueFrom: "c" },
      ],
    });
  });

  it("take the place of the variable of the same name, and the other way round", () => {
    const environment = [{ name: "KEY", value: "plain" }];
    const secrets = [{ name: "KEY", valueFrom: "arn" }];
    expect(api({ environment }, { secrets: { KEY: "arn" } })).toEqual({
      name: "api",
      image: "shop:1",
      secrets,
    });
    expect(api({ secrets }, { environment: { KEY: "plain" } })).toEqual({
      name: "api",
      image: "shop:1",
      environment,
    });
  });
});

describe("environment files", () => {
  it("take the place of those that are there", () => {
    const environmentFiles = [{ value: "arn:aws:s3:::b/old.env", type: "s3" }];
    expect(api({ environmentFiles }, { environmentFiles: ["arn:aws:s3:::b/new.env"] })).toMatchObject({
      environmentFiles: [{ value: "arn:aws:s3:::b/new.env", type: "s3" }],
    });
  });
});

describe("labels", () => {
  it("are set or replaced, and the others stay", () => {
    const rule = "Host(`shop.example`) && Query(`a=b`)";
    expect(api({ dockerLabels: { a: "1", b: "" } }, { dockerLabels: { a: rule } })).toMatchObject({
      dockerLabels: { a: rule, b: "" },
    });
  });
});

describe("logging", () => {
  const logConfiguration = {
    logDriver: "awslogs",
    options: { "awslogs-group": "shop", "awslogs-region": "eu-central-1" },
    secretOptions: [{ name: "x", valueFrom: "y" }],
  };

  it("takes options beside those that are there", () => {
    expect(
      api({ logConfiguration }, { logOptions: { "awslogs-group": "new", mode: "blocking" } }),
    ).toMatchObject({
      logConfiguration: {
        ...logConfiguration,
        options: { "awslogs-group": "new", "awslogs-region": "eu-central-1", mode: "blocking" },
      },
    });
  });

  it("takes no option of another driver over", () => {
    const changes = { logDriver: "splunk", logOptions: { "splunk-url": "https://log.example?a=b" } };
    expect(api({ logConfiguration }, changes)).toMatchObject({
      logConfiguration: { logDriver: "splunk", options: { "splunk-url": "https://log.example?a=b" } },
    });
    expect(api({ logConfiguration }, { logDriver: "awslogs" })).toMatchObject({ logConfiguration });
  });

  it("is refused without a driver", () => {
    expect(() => api({}, { logOptions: { tag: "x" } })).toThrow(
      "the container api has log options but no log driver",
    );
  });
});

describe("a command", () => {
  it("takes the place of the one that is there, an empty one the image's", () => {
    expect(api({ command: ["old"] }, { command: ["npm", "start", ""] })).toMatchObject({
      command: ["npm", "start", ""],
    });
    expect(api({ command: ["old"] }, { command: [] })).toEqual({ name: "api", image: "shop:1" });
  });
});

describe("roles", () => {
  it("take the place of those that are there", () => {
    const taskRole = "arn:aws-cn:iam::123456789012:role/task";
    expect(withChanges({ ...body, executionRoleArn: "old" }, { containers: new Map(), taskRole })).toEqual({
      ...body,
      executionRoleArn: "old",
      taskRoleArn: taskRole,
    });
  });
});

describe("a definition that cannot run", () => {
  it.each([
    ["no image", {}, "the container api has no image"],
    ["a placeholder for an image", { image: "<IMAGE1_NAME>" }, 'is "<IMAGE1_NAME>", which is a placeholder'],
    ["a template for an image", { image: "shop:${{ github.sha }}" }, "which is a placeholder"],
    [
      "a name that is a variable and a secret",
      {
        image: "shop:1",
        environment: [{ name: "KEY", value: "a" }],
        secrets: [{ name: "KEY", valueFrom: "b" }],
      },
      "the container api has KEY both as a variable and as a secret",
    ],
  ])("is refused for %s", (_what, members, text) => {
    expect(() => withChanges(container(members), { containers: new Map() })).toThrow(text);
  });

  it("is accepted once the image takes the placeholder's place", () => {
    const image = `registry.example:5000/shop/api:1.0@sha256:${"a".repeat(64)}`;
    expect(withChanges(container({ image: "<IMAGE>" }), into("api", { image }))).toEqual(
      container({ image }),
    );
  });

  it("is refused with all its problems at once", () => {
    const twice = { family: "shop", containerDefinitions: [{ name: "a" }, { name: "b", image: "<x>" }] };
    expect(() => withChanges(twice, { containers: new Map() })).toThrow(
      /container a has no image.*container b is/,
    );
  });
});
