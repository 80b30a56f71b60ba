import { isIndexType, mediaTypes } from "../registry/manifest.ts";
import { RegistryError } from "../registry/registry-error.ts";
import type { Repositories, Repository, StoredManifest } from "../registry/repositories.ts";
import { type JsonObject, ServiceFault } from "../service.ts";
import { type EcrAccount, requireRepository } from "./ecr-repository.ts";
import { type ImageId, imageIds, page, read } from "./input.ts";

/** ECR's calls about images; images live in the registry's repositories. */
export function imageHandlers(account: EcrAccount, registry: () => Repositories) {
  const open = (input: JsonObject): Repository => {
    const name = read.requiredText(input, "repositoryName");
    requireRepository(account, name);
    return registry().open(name, "push");
  };

  return {
    DescribeImages(input: JsonObject): JsonObject {
      const repository = open(input);
      const wanted = imageIds(input);
      const found = wanted.length > 0 ? wanted.map((id) => requireImage(account, repository, id)) : undefined;
      const { items, nextToken } = page(input, filterTagged(input, repository, found));
      return {
        imageDetails: items.map((manifest) => describeImage(account, repository, manifest)),
        nextToken,
      };
    },

    ListImages(input: JsonObject): JsonObject {
      const repository = open(input);
      const ids = filterTagged(input, repository).flatMap((manifest): ImageId[] => {
        const tags = tagsOf(repository, manifest);
        if (tags.length === 0) return [{ imageDigest: manifest.digest }];
        return tags.map((imageTag) => ({ imageDigest: manifest.digest, imageTag }));
      });
      const { items, nextToken } = page(input, ids);
      return { imageIds: items, nextToken };
    },

    BatchGetImage(input: JsonObject): JsonObject {
      const repository = open(input);
      const results = imageIds(input).map((id) => ({ id, found: findImage(repository, id) }));
      return {
        images: results.flatMap(({ id, found }) =>
          "manifest" in found ? [imageOf(account, repository, found.manifest, id.imageTag)] : [],
        ),
        failures: results.flatMap(({ id, found }) =>
          "manifest" in found ? [] : [{ imageId: id, failureCode: found.code, failureReason: found.reason }],
        ),
      };
    },

    async PutImage(input: JsonObject): Promise<JsonObject> {
      const repository = open(input);
      const body = Buffer.from(read.requiredText(input, "imageManifest"));
      const tag = read.text(input, "imageTag");
      const digest = read.text(input, "imageDigest");
      const mediaType = read.text(input, "imageManifestMediaType") ?? declaredType(body);
      const manifest = await putManifest(registry(), repository, { body, tag, digest, mediaType });
      return { image: imageOf(account, repository, manifest, tag) };
    },

    async BatchCheckLayerAvailability(input: JsonObject): Promise<JsonObject> {
      const repository = open(input);
      const layers = read.texts(input, "layerDigests").map(async (layerDigest) => {
        const size = repository.blobs.has(layerDigest) ? await registry().blobs.size(layerDigest) : undefined;
        return size === undefined
          ? { layerDigest, layerAvailability: "UNAVAILABLE" }
          : { layerDigest, layerAvailability: "AVAILABLE", layerSize: size };
      });
      return { layers: await Promise.all(layers), failures: [] };
    },
  };
}

type Lookup =
  | { readonly manifest: StoredManifest }
  | {
      readonly code: "ImageNotFound" | "MissingDigestAndTag" | "ImageTagDoesNotMatchDigest";
      readonly reason: string;
    };

function findImage(repository: Repository, id: ImageId): Lookup {
  const tagged = id.imageTag === undefined ? undefined : repository.tags.get(id.imageTag);
  if (id.imageTag === undefined && id.imageDigest === undefined) {
    return { code: "MissingDigestAndTag", reason: "Both imageTag and imageDigest are missing" };
  }
  if (tagged !== undefined && id.imageDigest !== undefined && tagged !== id.imageDigest) {
    return { code: "ImageTagDoesNotMatchDigest", reason: "Requested image tag does not match its digest" };
  }
  const manifest = repository.manifests.get(
    id.imageTag === undefined ? (id.imageDigest ?? "") : (tagged ?? ""),
  );
  return manifest ? { manifest } : { code: "ImageNotFound", reason: "Requested image not found" };
}

function requireImage(account: EcrAccount, repository: Repository, id: ImageId): StoredManifest {
  const found = findImage(repository, id);
  if ("manifest" in found) return found.manifest;
  throw new ServiceFault(
    "ImageNotFoundException",
    `The image with imageId {imageDigest:'${id.imageDigest ?? "null"}', imageTag:'${id.imageTag ?? "null"}'} does not exist within the repository with name '${repository.name}' in the registry with id '${account.accountId}'`,
  );
}

interface PutRequest {
  readonly body: Buffer;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
  readonly mediaType: string;
}

/** Stores a manifest, turning the registry's complaints into those of the API. */
async function putManifest(
  repositories: Repositories,
  repository: Repository,
  { body, tag, digest, mediaType }: PutRequest,
): Promise<StoredManifest> {
  const before = tag === undefined ? undefined : repository.tags.get(tag);
  try {
    const stored = await repositories.put(repository, digest, mediaType, body);
    if (tag === undefined) return stored;
    if (before === stored.digest) {
      throw new ServiceFault(
        "ImageAlreadyExistsException",
        `Image with digest '${stored.digest}' and tag '${tag}' already exists in the repository with name '${repository.name}'`,
      );
    }
    return await repositories.put(repository, tag, mediaType, body);
  } catch (error) {
    throw error instanceof RegistryError ? apiFault(error) : error;
  }
}

function apiFault(error: RegistryError): Error {
  switch (error.code) {
    case "DIGEST_INVALID":
      return new ServiceFault("ImageDigestDoesNotMatchException", error.message);
    case "MANIFEST_BLOB_UNKNOWN":
      return new ServiceFault("LayersNotFoundException", error.message);
    case "TAG_INVALID":
      return error.message.startsWith("The image tag")
        ? new ServiceFault("ImageTagAlreadyExistsException", error.message)
        : new ServiceFault("InvalidParameterException", error.message);
    default:
      return new ServiceFault("InvalidParameterException", error.message);
  }
}

function declaredType(body: Buffer): string {
  return /"mediaType"\s*:\s*"([^"]+)"/.exec(body.toString("utf8"))?.[1] ?? mediaTypes.dockerManifest;
}

function filterTagged(
  input: JsonObject,
  repository: Repository,
  images: readonly StoredManifest[] = [...repository.manifests.values()],
): readonly StoredManifest[] {
  const status = read.text(read.object(input, "filter") ?? {}, "tagStatus") ?? "ANY";
  if (status === "ANY") return images;
  return images.filter((image) => tagsOf(repository, image).length > 0 === (status === "TAGGED"));
}

function tagsOf(repository: Repository, manifest: StoredManifest): string[] {
  return [...repository.tags].filter(([, digest]) => digest === manifest.digest).map(([tag]) => tag);
}

function describeImage(account: EcrAccount, repository: Repository, manifest: StoredManifest): JsonObject {
  const tags = tagsOf(repository, manifest);
  const layers = manifest.content.layers?.reduce((sum, layer) => sum + layer.size, 0);
  return {
    registryId: account.accountId,
    repositoryName: repository.name,
    imageDigest: manifest.digest,
    ...(tags.length > 0 ? { imageTags: tags } : {}),
    imageSizeInBytes: isIndexType(manifest.mediaType) ? undefined : layers,
    imagePushedAt: new Date(manifest.pushedAt),
    imageManifestMediaType: manifest.mediaType,
    artifactMediaType: manifest.content.config?.mediaType,
  };
}

function imageOf(
  account: EcrAccount,
  repository: Repository,
  manifest: StoredManifest,
  imageTag: string | undefined,
): JsonObject {
  return {
    registryId: account.accountId,
    repositoryName: repository.name,
    imageId: { imageDigest: manifest.digest, imageTag },
    imageManifest: manifest.body.toString("utf8"),
    imageManifestMediaType: manifest.mediaType,
  };
}
