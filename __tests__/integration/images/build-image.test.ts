import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { type EngineName, everything, login, openWorkshop, stored, type Workshop } from "./workshop.ts";

let workshop: Workshop;
let tag = 0;
/** A tag that no other test has. */
let version: string;

beforeAll(async () => {
  workshop = await openWorkshop();
}, 60_000);
afterAll(async () => workshop[Symbol.asyncDispose]());
beforeEach(() => {
  version = `1.0.${tag++}`;
  workshop.write("app", `ready ${version}\n`);
  workshop.dockerfile("FROM scratch", "COPY busybox /bin/busybox", "COPY app /app");
});

const engines = ["docker", "buildah", "buildx"] as const satisfies readonly EngineName[];
const withoutMasks = (log: string) => log.replaceAll(/^::add-mask::.*$/gm, "");

describe.each(engines)("build-image with a real registry and %s", (engine) => {
  it("builds, tests and pushes an image, answers the digest that is stored, and builds the same once", async () => {
    const { registry } = workshop;
    const inputs = {
      tags: `${version}\nstable-${engine}`,
      "test-command": `/bin/busybox grep ${version} /app`,
    };
    const first = await workshop.step(engine, inputs, { post: "run" });
    const image = await stored(registry, "shop", version);

    expect(first.errors).toEqual([]);
    expect(first.outputs).toMatchObject({
      result: "pushed",
      digest: image?.digest,
      image: `${registry.address}/shop@${image?.digest}`,
      tags: `${registry.address}/shop:${version}\n${registry.address}/shop:stable-${engine}`,
      platforms: "linux/amd64",
      skipped: "false",
    });
    expect(await stored(registry, "shop", `stable-${engine}`)).toEqual(image);
    expect(first.stdout).toContain(`ready ${version}`);
    expect(first.post).toMatchObject({ exitCode: 0, errors: [] });

    const second = await workshop.step(engine, inputs);
    expect(second.errors).toEqual([]);
    expect(second.outputs).toMatchObject({
      result: "unchanged",
      skipped: "true",
      digest: image?.digest,
      tags: first.outputs["tags"],
      platforms: "linux/amd64",
    });
  }, 120_000);

  it("ends two platforms in one index with both", async () => {
    const { registry } = workshop;
    const step = await workshop.step(engine, { tags: version, platforms: "linux/amd64,linux/arm64" });
    const index = await stored(registry, "shop", version);

    expect(step.errors).toEqual([]);
    expect(index?.platforms.toSorted()).toEqual(["linux/amd64", "linux/arm64"]);
    expect(step.outputs).toMatchObject({
      result: "pushed",
      digest: index?.digest,
      platforms: "linux/amd64,linux/arm64",
    });
    const images = await everything(registry, "shop", version);
    expect(images.split(`ready ${version}`)).toHaveLength(3);
  }, 120_000);

  it("leaves a secret in no byte of the image and no line of the log", async () => {
    const { registry } = workshop;
    const [given, fromEnvironment] = [`given-${crypto.randomUUID()}`, `variable-${crypto.randomUUID()}`];
    workshop.dockerfile(
      "FROM scratch",
      "COPY busybox /bin/busybox",
      `RUN --mount=type=secret,id=one --mount=type=secret,id=two ["/bin/busybox", "sh", "-c", "/bin/busybox cat /run/secrets/one /run/secrets/two | /bin/busybox wc -c > /size"]`,
    );
    const step = await workshop.step(
      engine,
      {
        tags: version,
        secrets: `one=${given}`,
        "secret-envs": "two=SHOP_TOKEN",
        "test-command": `/bin/busybox grep ${given.length + fromEnvironment.length} /size`,
        ...(engine === "buildx" && { provenance: "mode=max" }),
      },
      { environment: { SHOP_TOKEN: fromEnvironment } },
    );
    const bytes = await everything(registry, "shop", version);

    expect(step.errors).toEqual([]);
    expect(bytes).toContain("/size");
    if (engine === "buildx") expect(bytes).toContain("slsa.dev/provenance");
    for (const secret of [given, fromEnvironment]) {
      expect(bytes).not.toContain(secret);
      expect(withoutMasks(step.stdout) + step.summary).not.toContain(secret);
    }
  }, 120_000);

  it("pushes nothing when the test fails, and shows what the image said", async () => {
    const step = await workshop.step(engine, {
      tags: version,
      "test-command": "/bin/busybox cat /no-such-file",
    });

    expect(step.exitCode).toBe(1);
    expect(step.errors).toEqual([
      expect.stringMatching(/^IMAGE_TEST_FAILED: .*exit code 1; it said last: cat: .*no-such-file/),
    ]);
    expect(step.outputs).toMatchObject({ result: "failed" });
    expect(step.outputs["tags"]).toBeUndefined();
    expect(await stored(workshop.registry, "shop", version)).toBeUndefined();
  }, 120_000);

  it("shows the registry's own words for a wrong password, and never the password", async () => {
    const step = await workshop.step(engine, {
      tags: version,
      "if-exists": "overwrite",
      cache: "off",
      "registry-auth": login({ ...workshop.registry, password: "open-sesame" }),
    });

    expect(step.exitCode).toBe(1);
    expect(step.errors).toEqual([
      expect.stringMatching(
        /^PUSH_FAILED: .*(no basic auth credentials|unauthorized|authentication required)/i,
      ),
    ]);
    expect(step.outputs["tags"]).toBeUndefined();
    expect(withoutMasks(step.stdout) + step.summary).not.toContain("open-sesame");
  }, 120_000);
});

describe("build-image promoting in real registries", () => {
  it("gives an image further tags, in its repository, another one and another registry, without a build", async () => {
    const { registry, other } = workshop;
    const built = await workshop.step("docker", { tags: version, platforms: "linux/amd64,linux/arm64" });
    const { digest } = built.outputs;
    const images = [`${registry.address}/shop`, `${registry.address}/store/front`, `${other.address}/shop`];
    const promotion = {
      images: images.join("\n"),
      tags: "live",
      "promote-from": `${registry.address}/shop@${digest}`,
    };
    // No engine is there to build anything.
    const nowhere = { environment: { PATH: "/nowhere", DOCKER_HOST: "unix:///nowhere/docker.sock" } };
    const step = await workshop.step("docker", promotion, nowhere);

    expect(step.errors).toEqual([]);
    expect(step.outputs).toMatchObject({
      result: "promoted",
      digest,
      images: images.map((image) => `${image}@${digest}`).join("\n"),
      tags: images.map((image) => `${image}:live`).join("\n"),
      platforms: "linux/amd64,linux/arm64",
    });
    for (const [where, name] of [
      [registry, "shop"],
      [registry, "store/front"],
      [other, "shop"],
    ] as const) {
      expect(await stored(where, name, "live")).toMatchObject({ digest });
      expect(await everything(where, name, "live")).toContain(`ready ${version}`);
    }
    expect((await workshop.step("docker", promotion, nowhere)).outputs).toMatchObject({
      result: "unchanged",
      skipped: "true",
      digest,
    });
  }, 120_000);
});
