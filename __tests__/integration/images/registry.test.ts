import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  createRegistryClient,
  mediaTypes,
  parseRepository,
  promoteImage,
  type RegistryClient,
} from "#ship/images";
import { recordingLog, systemClock } from "#ship/kit";
import {
  type Registry as SimulatedRegistry,
  startRegistry as startSimulatedRegistry,
} from "#ship/simulators";
import { placeImage, placeIndex } from "../../contract/images/world.ts";
import { type Registry, startRegistry } from "../engine/registry.ts";

let origin: SimulatedRegistry;
let one: Registry;
let two: Registry;
let client: RegistryClient;
const { signal } = new AbortController();
const large = randomBytes(3_000_000);

beforeAll(async () => {
  origin = await startSimulatedRegistry({ clock: systemClock });
  one = await startRegistry();
  two = await startRegistry();
  const logins = new Map(
    [one, two].map(({ address, user, password }) => [address, { username: user, password }]),
  );
  client = createRegistryClient({
    fetch: globalThis.fetch,
    clock: systemClock,
    attempts: 2,
    async login(registry) {
      const found = logins.get(registry);
      return found && { registry, ...found };
    },
  });
  const amd64 = await placeImage(origin, "shop", { tag: "amd64", layers: [large, "small"] });
  const arm64 = await placeImage(origin, "shop", {
    tag: "arm64",
    platform: { os: "linux", architecture: "arm64" },
  });
  const attestation = {
    ...(await placeImage(origin, "shop", { platform: { os: "unknown", architecture: "unknown" } })),
    annotations: { "vnd.docker.reference.type": "attestation-manifest" },
  };
  await placeIndex(origin, "shop", [amd64, arm64, attestation], "v1");
});
afterAll(async () => {
  await origin.close();
  await one[Symbol.asyncDispose]();
  await two[Symbol.asyncDispose]();
});

const at = (registry: { readonly address: string }, path: string) =>
  parseRepository(`${registry.address}/${path}`);
const digest = (registry: Registry, path: string, tag: string) =>
  client.digest(at(registry, path), tag, signal);
const seed = (path: string, tags: readonly string[]) =>
  client.copy(
    { repository: at({ address: origin.host }, "shop"), reference: "v1" },
    at(one, path),
    tags,
    signal,
  );

describe("real registries", () => {
  it("take an index with images and attestations, and give it back byte for byte", async () => {
    const copied = await seed("shop", ["v1"]);
    expect(copied.blobs.uploaded).toBeGreaterThanOrEqual(5);
    const stored = await client.manifest(at(one, "shop"), "v1", signal);
    expect(stored).toMatchObject({
      digest: copied.digest,
      mediaType: mediaTypes.ociIndex,
      platforms: ["linux/amd64", "linux/arm64"],
    });
    expect(stored && (await client.size(at(one, "shop"), stored, signal))).toBeGreaterThan(large.length);
  });

  it("know nothing of a tag or repository that is not there", async () => {
    expect(await digest(one, "nothing", "v1")).toBeUndefined();
    expect(await client.manifest(at(one, "nothing"), "v1", signal)).toBeUndefined();
  });

  it("mount the blobs of one repository into another", async () => {
    const { digest: pushed } = await seed("mounted/from", ["v1"]);
    const source = { repository: at(one, "mounted/from"), reference: pushed };
    const { blobs } = await client.copy(source, at(one, "mounted/to"), ["v2"], signal);
    expect(blobs).toMatchObject({ uploaded: 0 });
    expect(blobs.mounted).toBeGreaterThanOrEqual(5);
    expect(await digest(one, "mounted/to", "v2")).toBe(pushed);
  });

  it("promote an image by its digest, within a registry and to another one", async () => {
    const { digest: pushed } = await seed("candidate", ["rc"]);
    const promotion = {
      from: `${one.address}/candidate@${pushed}`,
      images: [
        { repository: at(one, "candidate"), tag: "1.0.0" },
        { repository: at(two, "released"), tag: "1.0.0" },
        { repository: at(two, "released"), tag: "latest" },
      ],
      ifExists: "skip",
    } as const;
    expect(await promoteImage(promotion, client, recordingLog(), signal)).toMatchObject({ result: "pushed" });
    expect(await digest(one, "candidate", "1.0.0")).toBe(pushed);
    expect(await digest(two, "released", "latest")).toBe(pushed);
    expect(await promoteImage(promotion, client, recordingLog(), signal)).toMatchObject({
      result: "unchanged",
    });
  });

  it("take an index made of two single images", async () => {
    const single = (tag: string) => ({ repository: at({ address: origin.host }, "shop"), reference: tag });
    for (const tag of ["amd64", "arm64"]) await client.copy(single(tag), at(one, "parts"), [tag], signal);
    const made = await client.index(
      {
        repository: at(one, "parts"),
        tags: ["v1", "latest"],
        images: ["amd64", "arm64"].map((reference) => ({ repository: at(one, "parts"), reference })),
        platforms: ["linux/amd64", "linux/arm64"],
        annotations: {},
      },
      signal,
    );
    expect(await digest(one, "parts", "latest")).toBe(made.digest);
    expect((await client.manifest(at(one, "parts"), "v1", signal))?.platforms).toEqual([
      "linux/amd64",
      "linux/arm64",
    ]);
  });

  it("refuse who has no login, in their own words", async () => {
    const stranger = createRegistryClient({
      fetch: globalThis.fetch,
      clock: systemClock,
      login: async () => undefined,
    });
    await expect(stranger.manifest(at(one, "shop"), "v1", signal)).rejects.toMatchObject({
      code: "CREDENTIALS_INVALID",
      message: expect.stringContaining("UNAUTHORIZED: authentication required"),
    });
  });
});
