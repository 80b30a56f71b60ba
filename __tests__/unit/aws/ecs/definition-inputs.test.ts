import { LogDriver } from "@aws-sdk/client-ecs";
import { describe, expect, it } from "@jest/globals";
import type { DeployRequest } from "#ship/aws";
import { readInputs } from "#ship/kit";
import {
  checkDefinition,
  definitionInputs,
  readDefinition,
} from "../../../../actions/deploy-ecs/src/inputs/definition.ts";

function read(inputs: Record<string, string>): Pick<DeployRequest, "taskDefinition" | "changes"> {
  const texts = new Map(Object.entries(inputs).map(([name, text]) => [name.toUpperCase(), text]));
  return readDefinition(readInputs({ inputs: texts }, { add() {} }, definitionInputs, checkDefinition));
}
const file = { "task-definition": "task.json" };
const put = (inputs: Record<string, string>) =>
  Object.fromEntries(read({ ...file, ...inputs }).changes.containers);
const mistake = (inputs: Record<string, string>) => {
  try {
    read(inputs);
  } catch (error) {
    return String(error);
  }
  throw new Error("The inputs were accepted.");
};

describe("what is put into containers", () => {
  it("goes into every container that is named, by commas or line ends, trimmed", () => {
    const both = { image: "shop:2" };
    expect(put({ "container-name": "api, worker", image: "shop:2" })).toEqual({ api: both, worker: both });
    expect(put({ "container-name": " api \n worker \n", image: "shop:2" })).toEqual({
      api: both,
      worker: both,
    });
  });

  it("may be another image for each", () => {
    expect(put({ images: "api=shop:2\n proxy = proxy:3 \n" })).toEqual({
      api: { image: "shop:2" },
      proxy: { image: "proxy:3" },
    });
    expect(put({ images: "api=shop:2\nproxy=proxy:3", "container-name": "api", secrets: "A=b" })).toEqual({
      api: { image: "shop:2", secrets: { A: "b" } },
      proxy: { image: "proxy:3" },
    });
  });

  it("is everything that the inputs say, with values that hold =", () => {
    expect(
      put({
        "container-name": "api",
        "environment-variables": "URL=https://x?a=b  \nEMPTY=\n",
        secrets: "KEY = arn:aws:ssm:eu-central-1:123456789012:parameter/a=b ",
        "env-files": "arn:aws:s3:::bucket/a.env\n\n arn:aws-cn:s3:::bucket/b.env ",
        "docker-labels": "traefik.rule=Host(`a`) && Query(`b=c`)",
        "log-configuration-log-driver": "awslogs",
        "log-configuration-options": "awslogs-datetime-format=%Y=%m\nawslogs-group=/ecs/shop",
        command: 'sh -c "echo a"',
      }),
    ).toEqual({
      api: {
        environment: { URL: "https://x?a=b", EMPTY: "" },
        secrets: { KEY: "arn:aws:ssm:eu-central-1:123456789012:parameter/a=b" },
        environmentFiles: ["arn:aws:s3:::bucket/a.env", "arn:aws-cn:s3:::bucket/b.env"],
        dockerLabels: { "traefik.rule": "Host(`a`) && Query(`b=c`)" },
        logDriver: "awslogs",
        logOptions: { "awslogs-datetime-format": "%Y=%m", "awslogs-group": "/ecs/shop" },
        command: ["sh", "-c", "echo a"],
      },
    });
  });

  it("may have environment files by commas, too, whose names may hold some", () => {
    expect(
      put({ "container-name": "api", "env-files": "arn:aws:s3:::b/a,1.env, arn:aws:s3:::b/b.env," }),
    ).toEqual({
      api: { environmentFiles: ["arn:aws:s3:::b/a,1.env", "arn:aws:s3:::b/b.env"] },
    });
  });

  it.each(Object.values(LogDriver))("may be logged by %s, as the API has it", (driver) => {
    expect(put({ "container-name": "api", "log-configuration-log-driver": driver })).toEqual({
      api: { logDriver: driver },
    });
  });

  it.each(["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-eusc"])(
    "may have roles of the partition %s",
    (partition) => {
      const role = `arn:${partition}:iam::123456789012:role/path/task`;
      const { changes } = read({ ...file, "task-role-arn": role, "execution-role-arn": role });
      expect(changes).toMatchObject({ taskRole: role, executionRole: role });
    },
  );

  it("is nothing when only a container is named", () => {
    expect(put({ "container-name": "api" })).toEqual({});
  });

  it("keeps empty values of the keys that are named", () => {
    const { changes } = read({ ...file, "keep-null-value-keys": "tag, command" });
    expect(changes.keepEmpty).toEqual(new Set(["tag", "command"]));
  });
});

describe("the source of a definition", () => {
  const arn = "arn:aws:ecs:eu-central-1:123456789012:task-definition/shop:7";
  it.each([
    [{ "task-definition": "shop:7" }, "shop:7"],
    [{ "task-definition-arn": arn }, { registered: arn }],
    [{ "task-definition-family": "shop" }, { registered: "shop" }],
    [{ "task-definition-family": "shop", "task-definition-revision": "7" }, { registered: "shop:7" }],
    [{ ...file, "task-definition-arn": arn, "task-definition-revision": "7" }, "task.json"],
    [{ "task-definition-arn": arn, "task-definition-family": "shop" }, { registered: arn }],
  ])("is %j", (inputs, source) => {
    expect(read(inputs as unknown as Record<string, string>).taskDefinition).toEqual(source);
  });

  it.each([
    ["none", {}, "task-definition: it is empty"],
    [
      "a revision of nothing",
      { "task-definition-revision": "7" },
      "task-definition-revision: it needs a `task-definition-family`",
    ],
  ])("cannot be %s", (_what, inputs, message) => {
    expect(mistake(inputs as Record<string, string>)).toContain(message);
  });
});

describe("contradictions", () => {
  const api = { ...file, "container-name": "api" };
  it.each([
    [
      "an image without a container",
      { ...file, image: "shop:2" },
      "container-name: it is empty, so `image` has no container",
    ],
    [
      "settings without a container",
      { ...file, secrets: "A=b", command: "x" },
      "so `secrets`, `command` have no container",
    ],
    [
      "two images for one container",
      { ...api, image: "shop:2", images: "api=shop:3" },
      'it names the container "api", which has an `image`',
    ],
    ["an empty image", { ...file, images: "api=" }, 'the container "api" has no image'],
    [
      "a name as variable and secret",
      { ...api, "environment-variables": "A=1", secrets: "A=b" },
      'secrets: it names "A"',
    ],
    ["a secret that refers to nothing", { ...api, secrets: "A=" }, 'secrets: "A" refers to nothing'],
    [
      "an unknown log driver",
      { ...api, "log-configuration-log-driver": "awslog" },
      'log-configuration-log-driver is "awslog"',
    ],
    ["no role", { ...file, "task-role-arn": "task" }, 'task-role-arn is "task"'],
    ["a line without =", { ...api, "docker-labels": "traefik" }, 'the line "traefik" has no key=value'],
    ["an open quote", { ...api, command: "echo 'a" }, "a ' is not closed"],
  ])("are errors: %s", (_what, inputs, message) => {
    expect(mistake(inputs as Record<string, string>)).toContain(message);
  });
});
