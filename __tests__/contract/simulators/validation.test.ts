import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type SimulatedAws, startSimulatedAws } from "#ship/simulators";
import { post } from "./wire.ts";

/** A model of the same form as the official ones, with one of each constraint. */
const ecrModel = {
  operations: {
    CreateRepository: {
      input: { shape: "CreateRequest" },
      output: { shape: "CreateResponse" },
      errors: [{ shape: "InvalidParameterException" }],
    },
  },
  shapes: {
    CreateRequest: {
      type: "structure",
      required: ["repositoryName"],
      members: {
        repositoryName: { shape: "Name" },
        imageTagMutability: { shape: "Mutability" },
        tags: { shape: "Tags" },
        maximum: { shape: "Maximum" },
      },
    },
    Name: { type: "string", max: 10, pattern: "[a-z]+" },
    Mutability: { type: "string", enum: ["MUTABLE", "IMMUTABLE"] },
    Tags: { type: "list", member: { shape: "Tag" } },
    Tag: { type: "structure", members: { Key: { shape: "Name" } } },
    Maximum: { type: "integer", min: 1 },
    CreateResponse: { type: "structure", members: { repository: { shape: "Repository" } } },
    Repository: {
      type: "structure",
      members: { repositoryName: { shape: "Name" }, createdAt: { shape: "Name" } },
    },
    InvalidParameterException: { type: "structure" },
  },
};

let folder: string;
let aws: SimulatedAws;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ship-models-"));
  await mkdir(join(folder, "aws-models/botocore/ecr"), { recursive: true });
  await writeFile(join(folder, "aws-models/botocore/ecr/service-2.json"), JSON.stringify(ecrModel));
  aws = await startSimulatedAws({ models: folder });
});
afterEach(async () => {
  await aws.close();
  await rm(folder, { recursive: true });
});

const create = (input: unknown) =>
  post(
    aws,
    { "x-amz-target": "AmazonEC2ContainerRegistry_V20150921.CreateRepository" },
    JSON.stringify(input),
  );
const problems = (side: string) =>
  aws.violations.filter((violation) => violation.side === side).map((violation) => violation.problem);

describe("validation against the official models", () => {
  it.each([
    [{}, "InvalidParameterException", "repositoryName = null: Member must not be null"],
    [{ repositoryName: null }, "InvalidParameterException", "repositoryName = null: Member must not be null"],
    [
      { repositoryName: "elevenchars" },
      "InvalidParameterException",
      'repositoryName = "elevenchars": Member must have length less than or equal to 10',
    ],
    [
      { repositoryName: "ab1" },
      "InvalidParameterException",
      'repositoryName = "ab1": Member must satisfy regular expression pattern: [a-z]+',
    ],
    [
      { repositoryName: "ok", imageTagMutability: "FIXED" },
      "InvalidParameterException",
      'imageTagMutability = "FIXED": Member must satisfy enum value set: [MUTABLE, IMMUTABLE]',
    ],
    [
      { repositoryName: "ok", maximum: 0 },
      "InvalidParameterException",
      "maximum = 0: Member must have value greater than or equal to 1",
    ],
    [
      { repositoryName: "ok", maximum: "3" },
      "SerializationException",
      'maximum = "3": Member must be of type Integer',
    ],
    [
      { repositoryName: "ok", tags: [{ Key: true }] },
      "SerializationException",
      "tags[0].Key = true: Member must be of type String",
    ],
  ])("refuses and records the request %j", async (input, code, problem) => {
    const answer = await create(input);

    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(`"__type":"${code}"`)]);
    expect(problems("request")).toEqual([problem]);
    expect(aws.ecr.repositories.size).toBe(0);
  });

  it("records a member AWS does not know, and like AWS ignores it", async () => {
    const answer = await create({ repositoryName: "ok", tagMutability: "IMMUTABLE" });

    expect(answer.status).toBe(200);
    expect(problems("request")).toEqual(['tagMutability = "IMMUTABLE": Member is not known']);
  });

  it("records an answer that does not fit", async () => {
    await create({ repositoryName: "ok" });

    expect(problems("answer")).toContainEqual(expect.stringContaining("repository.repositoryArn = "));
    expect(problems("answer")).toContainEqual(
      expect.stringMatching(/repository\.createdAt = .+: Member must be of type String/),
    );
  });

  it("records an error the operation does not declare", async () => {
    await create({ repositoryName: "ok" });
    await create({ repositoryName: "ok" });

    expect(problems("answer")).toContain(
      "error RepositoryAlreadyExistsException is not declared by the operation",
    );
  });

  it("can be left out", async () => {
    await using unchecked = await startSimulatedAws({ models: "none" });

    await post(
      unchecked,
      { "x-amz-target": "AmazonEC2ContainerRegistry_V20150921.CreateRepository" },
      '{"repositoryName":"elevenchars"}',
    );

    expect(unchecked.ecr.repositories.has("elevenchars")).toBe(true);
    expect(unchecked.violations).toEqual([]);
  });
});
