import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { everyMember } from "../../../support/every-member.ts";
import { type World, withImage, world } from "./world.ts";

let shop: World;
beforeEach(async () => {
  shop = await world();
});
afterEach(() => shop.close());

const register = { kind: "none" } as const;
const registered = () => shop.aws.calls.of("ecs", "RegisterTaskDefinition").map((call) => call.input);
const describedRevision = async (taskDefinition: string) =>
  shop.aws.call("ecs", "DescribeTaskDefinition", { taskDefinition, include: ["TAGS"] });
const writeJson = (name: string, document: unknown) => shop.write(name, JSON.stringify(document));

describe("a document with every member", () => {
  it("arrives whole at the API, and is the same when deployed again", async () => {
    const every = everyMember();
    // One container must be essential, and the one with every member is not.
    const main = { name: "main", image: "main:1" };
    const document = { ...every, containerDefinitions: [every["containerDefinitions"], main].flat() };
    writeJson("every.json", document);
    const first = await shop.deploy({ taskDefinition: "every.json", target: register });
    expect(first.outcome.failure).toBeUndefined();
    expect(registered()).toEqual([document]);
    expect(first.outputs["result"]).toBe("registered");
    const second = await shop.deploy({ taskDefinition: "every.json", target: register });
    expect(second.outputs["result"]).toBe("unchanged");
    expect(second.outputs["task-definition-arn"]).toBe(first.outputs["task-definition-arn"]);
    expect(registered()).toHaveLength(1);
  });
});

describe("what Describe fills in", () => {
  it("is no difference for a second run", async () => {
    writeJson("rich.json", {
      family: "rich",
      cpu: ".5 vCPU",
      memory: "1 GB",
      executionRoleArn: "execution",
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      runtimePlatform: { operatingSystemFamily: "LINUX", cpuArchitecture: "X86_64" },
      tags: [{ key: "team", value: "" }],
      volumes: [{ name: "scratch" }, { name: "files", efsVolumeConfiguration: { fileSystemId: "fs-1" } }],
      containerDefinitions: [
        {
          name: "web",
          image: "web:1",
          portMappings: [{ containerPort: 80 }],
          command: ["serve", ""],
          environment: [
            { name: "Z", value: "" },
            { name: "A", value: "1" },
          ],
          healthCheck: { command: ["CMD", "true"] },
          mountPoints: [{ sourceVolume: "scratch", containerPath: "/tmp" }],
        },
        { name: "agent", image: "agent:1", essential: false, dockerLabels: { on: "" } },
      ],
    });
    const run = () => shop.deploy({ taskDefinition: "rich.json", target: register });
    await run();
    const { taskDefinition } = await describedRevision("rich");
    expect(taskDefinition).toMatchObject({ cpu: "512", memory: "1024", volumes: [{ host: {} }, {}] });
    await run();
    expect(registered()).toHaveLength(1);
    expect(shop.aws.violations).toEqual([]);
  });

  it("is no difference when the answer of Describe is the document", async () => {
    writeJson("described.json", await describedRevision("shop"));
    await shop.deploy({ taskDefinition: "described.json", target: register });
    expect(registered()).toEqual([]);
  });

  it("counts tags that the account adds as no difference, and a tag that is wanted as one", async () => {
    const shopDefinition = (await describedRevision("shop"))["taskDefinition"];
    const [revision] = shop.aws.ecs.state.families.get("shop")?.revisions ?? [];
    revision?.tags.push({ key: "CreatedBy", value: "somebody" });
    const tagged = (value: string) => ({ taskDefinition: shopDefinition, tags: [{ key: "team", value }] });
    writeJson("plain.json", { taskDefinition: shopDefinition });
    await shop.deploy({ taskDefinition: "plain.json", target: register });
    expect(registered()).toEqual([]);
    writeJson("tagged.json", tagged("shop"));
    await shop.deploy({ taskDefinition: "tagged.json", target: register });
    expect(registered()).toMatchObject([{ tags: [{ key: "team", value: "shop" }] }]);
  });
});

describe("a registered revision as the source", () => {
  beforeEach(async () => {
    writeJson("tagged.json", {
      family: "tagged",
      tags: [{ key: "team", value: "shop" }],
      containerDefinitions: [{ name: "api", image: "shop:1", memory: 128 }],
    });
    for (const image of ["shop:1", "shop:2"])
      await shop.deploy({ taskDefinition: "tagged.json", target: register, changes: withImage(image) });
  });

  it.each([
    ["its ARN", "arn:aws:ecs:eu-central-1:123456789012:task-definition/tagged:1", 1],
    ["family:revision", "tagged:1", 1],
    ["its family, which means the latest", "tagged", 2],
    ["the ARN of its family", "arn:aws:ecs:eu-central-1:123456789012:task-definition/tagged", 2],
  ])("is used as it is by %s", async (_what, source, revision) => {
    const { outputs } = await shop.deploy({ taskDefinition: source, target: register });
    expect(outputs["task-definition-arn"]).toMatch(new RegExp(`:task-definition/tagged:${revision}$`));
    expect(registered()).toHaveLength(2);
  });

  it("is used as it is when what is put in is there already", async () => {
    const { outputs } = await shop.deploy({
      taskDefinition: "tagged:1",
      changes: withImage("shop:1"),
      target: register,
    });
    expect(outputs["task-definition-arn"]).toMatch(/tagged:1$/);
    expect(registered()).toHaveLength(2);
  });

  it("gives its tags to the revision that is made from it", async () => {
    await shop.deploy({ taskDefinition: "tagged", changes: withImage("shop:3"), target: register });
    expect((await describedRevision("tagged:3"))["tags"]).toEqual([{ key: "team", value: "shop" }]);
  });

  it("is meant by its family even where a file has that name", async () => {
    shop.write("tagged", "no task definition");
    const { outputs } = await shop.deploy({ taskDefinition: { registered: "tagged" }, target: register });
    expect(outputs["task-definition-arn"]).toMatch(/tagged:2$/);
  });

  it("is the latest ACTIVE one, and there is none when all are INACTIVE", async () => {
    await shop.aws.call("ecs", "DeregisterTaskDefinition", { taskDefinition: "tagged:2" });
    const { outputs } = await shop.deploy({ taskDefinition: "tagged", target: register });
    expect(outputs["task-definition-arn"]).toMatch(/tagged:1$/);
    await shop.aws.call("ecs", "DeregisterTaskDefinition", { taskDefinition: "tagged:1" });
    const { outcome } = await shop.deploy({ taskDefinition: "tagged", target: register });
    expect(outcome.failure?.message).toContain('task-definition is "tagged"');
  });

  it("is not found when it is of another region, which is named", async () => {
    const taskDefinition = "arn:aws:ecs:us-east-1:123456789012:task-definition/shop:1";
    const { outcome } = await shop.deploy({ taskDefinition });
    expect(outcome.failure?.message).toContain(
      "It is of the region us-east-1, but this run works in eu-central-1.",
    );
  });

  it("is refused when INACTIVE, also with something to put in, and nothing is registered", async () => {
    await shop.aws.call("ecs", "DeregisterTaskDefinition", { taskDefinition: "tagged:1" });
    for (const changes of [{ containers: new Map() }, withImage("shop:9")]) {
      const { outcome } = await shop.deploy({ taskDefinition: "tagged:1", changes, target: register });
      expect(outcome.failure?.message).toContain("INACTIVE");
    }
    expect(registered()).toHaveLength(2);
  });
});

describe("the summary", () => {
  it("says what changes without a single value of a variable or a secret", async () => {
    const environment = { PORT: "hush-port", TOKEN: "hush-token" };
    const secrets = { KEY: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:hush" };
    const { outcome, log } = await shop.deploy({
      changes: { containers: new Map([["api", { image: "shop:2", environment, secrets }]]) },
      target: register,
    });
    expect(outcome.summary).toContain("| container api: image | `shop:1` | `shop:2` |");
    expect(outcome.summary).toMatch(/environment variables \|.*TOKEN \(added\), PORT \(changed\)/);
    expect(outcome.summary).toMatch(/secrets \|.*KEY \(added\)/);
    expect(`${outcome.summary}${log.join()}`).not.toContain("hush");
  });
});
