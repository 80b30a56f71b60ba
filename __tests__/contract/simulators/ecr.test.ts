import {
  BatchCheckLayerAvailabilityCommand,
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  ListImagesCommand,
  PutImageCommand,
} from "@aws-sdk/client-ecr";
import {
  ECRPUBLICClient,
  GetAuthorizationTokenCommand as GetPublicTokenCommand,
} from "@aws-sdk/client-ecr-public";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type ManualClock, manualClock } from "#ship/kit";
import { digestOf, mediaTypes, type SimulatedAws, startSimulatedAws } from "#ship/simulators";
import { ask, pushImage } from "./registry-client.ts";
import { awsClient } from "./wire.ts";

let clock: ManualClock;
let aws: SimulatedAws;
let ecr: ECRClient;

beforeEach(async () => {
  clock = manualClock();
  aws = await startSimulatedAws({ clock, repositories: ["shop-api"] });
  ecr = new ECRClient(awsClient(aws));
});
afterEach(async () => {
  ecr.destroy();
  await aws.close();
  expect(aws.violations.filter((violation) => violation.side !== "request")).toEqual([]);
});

async function login() {
  const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
  const { authorizationToken = "", proxyEndpoint = "", expiresAt } = authorizationData?.[0] ?? {};
  return { headers: { authorization: `Basic ${authorizationToken}` }, proxyEndpoint, expiresAt };
}

async function push(tag: string, content = tag, name = "shop-api") {
  return pushImage(aws.ecr.registry, { name, tag, content, headers: (await login()).headers });
}

describe("repositories", () => {
  it("are described with the address docker pushes to", async () => {
    const { repositories } = await ecr.send(new DescribeRepositoriesCommand({}));

    expect(repositories).toEqual([
      expect.objectContaining({
        repositoryName: "shop-api",
        repositoryArn: "arn:aws:ecr:eu-central-1:123456789012:repository/shop-api",
        repositoryUri: `${aws.ecr.registry.host}/shop-api`,
        imageTagMutability: "MUTABLE",
        createdAt: new Date(clock.now()),
      }),
    ]);
  });

  it("are created once", async () => {
    const create = () =>
      ecr.send(new CreateRepositoryCommand({ repositoryName: "team/web", imageTagMutability: "IMMUTABLE" }));
    const { repository } = await create();

    expect(repository?.imageTagMutability).toBe("IMMUTABLE");
    await expect(create()).rejects.toMatchObject({
      name: "RepositoryAlreadyExistsException",
      message: "The repository with name 'team/web' already exists in the registry with id '123456789012'",
    });
  });

  it.each(["Shop", "a", "shop//api"])("cannot be called %s", async (repositoryName) => {
    await expect(ecr.send(new CreateRepositoryCommand({ repositoryName }))).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: expect.stringContaining("Invalid parameter at 'repositoryName' failed to satisfy constraint"),
    });
  });

  it("are reported missing in ECR's words", async () => {
    await expect(
      ecr.send(new DescribeRepositoriesCommand({ repositoryNames: ["missing"] })),
    ).rejects.toMatchObject({
      name: "RepositoryNotFoundException",
      message: "The repository with name 'missing' does not exist in the registry with id '123456789012'",
    });
  });

  it("are listed page by page", async () => {
    aws.ecr.createRepository("second");
    const first = await ecr.send(new DescribeRepositoriesCommand({ maxResults: 1 }));
    const second = await ecr.send(
      new DescribeRepositoriesCommand({ maxResults: 1, nextToken: first.nextToken }),
    );

    expect([first, second].map((page) => page.repositories?.[0]?.repositoryName)).toEqual([
      "shop-api",
      "second",
    ]);
    expect(second.nextToken).toBeUndefined();
  });
});

describe("the registry", () => {
  it("opens to the token of GetAuthorizationToken for twelve hours", async () => {
    const { headers, proxyEndpoint, expiresAt } = await login();
    const status = async () => (await ask({ url: proxyEndpoint }, "GET", "/v2/", { headers })).status;

    expect(expiresAt?.getTime()).toBe(clock.now() + 12 * 3_600_000);
    expect(await status()).toBe(200);
    await clock.advance(12 * 3_600_000);
    expect(await status()).toBe(401);
  });

  it("does not create repositories by push", async () => {
    const { answer } = await push("v1", "x", "missing");

    expect(answer.status).toBe(404);
    expect(answer.text).toContain("The repository with name 'missing' does not exist");
  });

  it("keeps tags of an immutable repository", async () => {
    aws.ecr.createRepository("fixed", "IMMUTABLE");
    await push("v1", "first", "fixed");

    expect((await push("v1", "second", "fixed")).answer.text).toContain(
      "The image tag 'v1' already exists in the 'fixed' repository and cannot be overwritten because the tag is immutable.",
    );
  });
});

describe("images", () => {
  it("are described as they were pushed", async () => {
    const { digest } = await push("v1", "layer");

    const { imageDetails } = await ecr.send(
      new DescribeImagesCommand({ repositoryName: "shop-api", imageIds: [{ imageTag: "v1" }] }),
    );

    expect(imageDetails).toEqual([
      expect.objectContaining({
        imageDigest: digest,
        imageTags: ["v1"],
        imageSizeInBytes: 5,
        imagePushedAt: new Date(clock.now()),
        imageManifestMediaType: mediaTypes.ociManifest,
      }),
    ]);
  });

  it("are reported missing", async () => {
    await expect(
      ecr.send(new DescribeImagesCommand({ repositoryName: "shop-api", imageIds: [{ imageTag: "v9" }] })),
    ).rejects.toMatchObject({
      name: "ImageNotFoundException",
      message: expect.stringContaining(
        "imageTag:'v9'} does not exist within the repository with name 'shop-api'",
      ),
    });
  });

  it("are fetched, with failures for those that are not there", async () => {
    const { manifest, digest } = await push("v1");

    const { images, failures } = await ecr.send(
      new BatchGetImageCommand({
        repositoryName: "shop-api",
        imageIds: [{ imageTag: "v1" }, { imageTag: "v9" }, {}],
      }),
    );

    expect(images).toEqual([
      expect.objectContaining({ imageManifest: manifest, imageId: { imageDigest: digest, imageTag: "v1" } }),
    ]);
    expect(failures?.map((failure) => failure.failureCode)).toEqual(["ImageNotFound", "MissingDigestAndTag"]);
  });

  it("get a second tag by PutImage without a push", async () => {
    const { manifest, digest } = await push("v1");
    const retag = () =>
      ecr.send(
        new PutImageCommand({ repositoryName: "shop-api", imageManifest: manifest, imageTag: "production" }),
      );

    expect((await retag()).image?.imageId).toEqual({ imageDigest: digest, imageTag: "production" });
    await expect(retag()).rejects.toMatchObject({ name: "ImageAlreadyExistsException" });
    const { imageIds } = await ecr.send(new ListImagesCommand({ repositoryName: "shop-api" }));
    expect(imageIds?.map((id) => id.imageTag)).toEqual(["v1", "production"]);
  });

  it("keep immutable tags against PutImage too", async () => {
    aws.ecr.createRepository("fixed", "IMMUTABLE");
    await push("v1", "first", "fixed");
    const { manifest } = await push("v2", "second", "fixed");

    await expect(
      ecr.send(new PutImageCommand({ repositoryName: "fixed", imageManifest: manifest, imageTag: "v1" })),
    ).rejects.toMatchObject({ name: "ImageTagAlreadyExistsException" });
  });

  it("say which of their layers are there", async () => {
    await push("v1", "layer");
    const known = digestOf(Buffer.from("layer"));
    const unknown = digestOf(Buffer.from("other"));

    const { layers } = await ecr.send(
      new BatchCheckLayerAvailabilityCommand({ repositoryName: "shop-api", layerDigests: [known, unknown] }),
    );

    expect(layers?.map((layer) => layer.layerAvailability)).toEqual(["AVAILABLE", "UNAVAILABLE"]);
  });
});

describe("logins", () => {
  it("come one for each registry that is named", async () => {
    const registryIds = ["123456789012", "999999999999"];
    const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({ registryIds }));
    expect(authorizationData?.map(({ proxyEndpoint }) => proxyEndpoint)).toEqual([
      aws.ecr.registry.url,
      "https://999999999999.dkr.ecr.eu-central-1.amazonaws.com",
    ]);
  });

  it("of the public gallery come from us-east-1 alone", async () => {
    const login = async (region: string) => {
      const client = new ECRPUBLICClient({ ...awsClient(aws), region });
      try {
        return (await client.send(new GetPublicTokenCommand({}))).authorizationData;
      } finally {
        client.destroy();
      }
    };
    expect(await login("us-east-1")).toEqual({
      authorizationToken: expect.any(String),
      expiresAt: new Date(clock.now() + 12 * 3_600_000),
    });
    await expect(login("eu-central-1")).rejects.toMatchObject({ name: "UnsupportedCommandException" });
  });
});
