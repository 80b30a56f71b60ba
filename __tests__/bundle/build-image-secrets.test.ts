import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { type SimulatedAws, startSimulatedAws, startSimulatedGoogle } from "#ship/simulators";
import { filesBelow, imageWorld, password, printed, sha } from "./image-world.ts";
import type { StepResult } from "./runner-step.ts";

const world = imageWorld();

/** Everything that could give a secret away: what was printed, written, pushed and called. */
function traces(step: StepResult): string {
  const calls = world.calls().map((call) => JSON.stringify([call.arguments, call.environment]));
  const stored = [...world.registry.repositories.all.values()].flatMap(({ manifests }) =>
    [...manifests.values()].map(({ body }) => body.toString()),
  );
  return [
    printed(step),
    step.summary,
    JSON.stringify(step.outputs),
    JSON.stringify(step.state),
    ...calls,
    ...stored,
    ...filesBelow(world.temporary),
  ].join("\n");
}

describe("a build secret", () => {
  const multiLine = "-----BEGIN KEY-----\nline-one-4f2a\nline-two-9c1b\n-----END KEY-----";

  it.each(["present", "absent"] as const)(
    "reaches the build and nothing else, with Buildx %s",
    async (buildx) => {
      await world.docker.setBuildx(buildx);
      if (buildx === "absent") await world.docker.setClient("20.10.24");
      world.write("netrc", "machine npm password netrc-hunter2");
      world.write(
        "Dockerfile",
        "FROM scratch",
        ...["npm", "key", "from-env", "netrc"].map((id) => `RUN --mount=type=secret,id=${id} install ${id}`),
      );
      const step = await world.build(
        {
          secrets: `npm=npm-hunter2\n"key=${multiLine}"`,
          "secret-envs": "from-env=NPM_TOKEN",
          "secret-files": "netrc=netrc",
        },
        { variables: { NPM_TOKEN: "env-hunter2" } },
      );
      expect(step.errors).toEqual([]);
      expect(step.stdout).toContain(`${Buffer.byteLength(multiLine)} /run/secrets/key`);
      const seen = traces(step).replaceAll(/"NPM_TOKEN":"env-hunter2"/g, "");
      for (const secret of ["npm-hunter2", "env-hunter2", "netrc-hunter2", "line-one-4f2a", password])
        expect(seen).not.toContain(secret);
      expect(world.leftovers()).toEqual([]);
    },
  );

  it.each([
    [{ secrets: "npm=" }, "the secret npm is empty"],
    [{ secrets: "npm=   " }, "the secret npm is empty"],
    [{ "secret-envs": "npm=NOT_THERE" }, "the variable NOT_THERE of secret npm is not set or empty"],
    [{ "secret-files": "npm=not-there" }, "the file of secret npm cannot be read"],
    [{ secrets: "npm=hunter2-a", "secret-envs": "npm=PATH" }, "the id npm is given in more than one input"],
  ])("that is not there is an input error before anything is called: %j", async (inputs, words) => {
    const step = await world.build(inputs);
    expect(step.exitCode).toBe(1);
    expect(step.errors[0]).toContain("INPUT_INVALID");
    expect(step.errors[0]).toContain(words);
    expect(printed(step)).not.toContain("hunter2-a");
    expect(world.calls()).toEqual([]);
    expect(world.registry.requests).toEqual([]);
  });

  it("in a build argument is warned of by its name, not its value", async () => {
    const step = await world.build({ "build-args": "NPM_TOKEN=npm_hunter2hunter2\nVERSION=1" });
    expect(step.stdout).toMatch(/^::warning.*NPM_TOKEN looks like a secret/m);
    expect(printed(step)).not.toContain("npm_hunter2hunter2");
    expect(step.stdout).not.toMatch(/^::warning.*VERSION/m);
  });
});

describe("the logins of a step", () => {
  it("lie in a private configuration, which is gone after main; others' logins are left alone", async () => {
    const own = join(world.workspace, "../docker");
    mkdirSync(own);
    const before = JSON.stringify({ auths: { "registry.example": { auth: "b3RoZXI6am9i" } } });
    writeFileSync(join(own, "config.json"), before);
    const copy = join(world.workspace, "../seen.json");
    const step = await world.build(
      {
        "test-command": `/bin/sh -c "cp \\"$DOCKER_CONFIG/config.json\\" ${copy}; ls -l \\"$DOCKER_CONFIG/config.json\\""`,
      },
      { variables: { DOCKER_CONFIG: own }, post: "run" },
    );
    expect(step.errors).toEqual([]);
    expect(JSON.parse(readFileSync(copy, "utf8"))).toEqual({
      auths: {
        "registry.example": { auth: "b3RoZXI6am9i" },
        [world.registry.host]: { auth: Buffer.from(`ship:${password}`).toString("base64") },
      },
    });
    expect(step.stdout).toMatch(/-rw-------/);
    expect(readFileSync(join(own, "config.json"), "utf8")).toBe(before);
    for (const call of world.calls()) expect(call.environment["DOCKER_CONFIG"]).not.toBe(own);
    expect(step.post?.exitCode).toBe(0);
    expect(world.leftovers()).toEqual([]);
    expect(printed(step)).not.toContain(Buffer.from(`ship:${password}`).toString("base64"));
  });

  it("are removed in post when main was killed", async () => {
    world.write("Dockerfile", "FROM scratch", "RUN sleep 20");
    const step = await world.build({}, { killAt: /RUN sleep 20/, post: "run" });
    expect(step.exitCode).toBeNull();
    expect(step.post?.exitCode).toBe(0);
    expect(filesBelow(world.temporary).join()).not.toContain("auth");
  });

  it("may be given as login-action gives them", async () => {
    const step = await world.build({
      "registry-auth": "",
      registry: world.registry.host,
      username: "ship",
      password,
    });
    expect(step.errors).toEqual([]);
    expect(step.outputs["result"]).toBe("pushed");
  });

  it.each([
    [{ username: "ship" }, "username and password go together"],
    [{ "registry-auth": "- registry: ghcr.io\n  user: x\n  password: hunter2" }, 'the unknown field "user"'],
    [
      { "registry-auth": "- registry: ghcr.io\n  username: x\n  password: ''" },
      "the password of entry 1 is empty",
    ],
  ])("that are incomplete are an input error: %j", async (inputs, words) => {
    const step = await world.build(inputs);
    expect(step.errors[0]).toContain("INPUT_INVALID");
    expect(step.errors[0]).toContain(words);
    expect(printed(step)).not.toContain("hunter2");
  });
});

describe("a cloud's registry", () => {
  let aws: SimulatedAws | undefined;
  afterEach(async () => {
    await aws?.close();
    aws = undefined;
  });
  /** A build whose test hands over the configuration that the engine sees, and then fails: nothing leaves this machine. */
  const loginsFor = async (image: string, variables: Readonly<Record<string, string>>, inputs = {}) => {
    const copy = join(world.workspace, "../seen.json");
    const step = await world.build(
      {
        images: image,
        "registry-auth": "",
        "if-exists": "overwrite",
        "test-command": `/bin/sh -c "cp \\"$DOCKER_CONFIG/config.json\\" ${copy}; exit 3"`,
        ...inputs,
      },
      { variables },
    );
    const auths = existsSync(copy)
      ? (JSON.parse(readFileSync(copy, "utf8")) as { auths: Record<string, { auth: string }> }).auths
      : {};
    const users = Object.entries(auths).map(([host, { auth }]) => [
      host,
      Buffer.from(auth, "base64").toString(),
    ]);
    return { step, logins: Object.fromEntries(users) as Record<string, string> };
  };

  it("of Amazon ECR is logged in to by the job's credentials, and pushed to", async () => {
    aws = await startSimulatedAws({ repositories: ["shop-api"] });
    const { host } = aws.ecr.registry;
    const step = await world.build(
      { images: `${host}/shop-api`, "registry-auth": "", ecr: "true" },
      { variables: aws.environment() },
    );
    expect(step.errors).toEqual([]);
    expect(world.tags("shop-api", aws.ecr.registry)).toEqual({ [sha]: step.outputs["digest"] });
  });

  it("of another account of Amazon ECR is asked for by its account, in its region", async () => {
    aws = await startSimulatedAws();
    const host = "210987654321.dkr.ecr.us-west-2.amazonaws.com";
    const { step, logins } = await loginsFor(`${host}/shop`, aws.environment());
    expect(step.errors[0]).toContain("IMAGE_TEST_FAILED");
    expect(logins[host]).toMatch(/^AWS:/);
    expect(aws.calls.of("ecr", "GetAuthorizationToken")).toEqual([
      expect.objectContaining({ input: { registryIds: ["210987654321"] }, region: "us-west-2" }),
    ]);
    expect(printed(step)).not.toContain(logins[host]?.slice("AWS:".length));
  });

  it("of Amazon ECR Public is asked for", async () => {
    aws = await startSimulatedAws();
    const { logins } = await loginsFor("public.ecr.aws/octo/shop", aws.environment());
    expect(logins["public.ecr.aws"]).toMatch(/^AWS:/);
  });

  it("of Google is logged in to with the job's access token", async () => {
    const google = await startSimulatedGoogle();
    world.defer(google.close);
    const host = "europe-west1-docker.pkg.dev";
    const { step, logins } = await loginsFor(`${host}/octo/shop/api`, await google.environment());
    expect(logins[host]).toMatch(/^oauth2accesstoken:.+/);
    expect(printed(step)).not.toContain(logins[host]?.slice("oauth2accesstoken:".length));
  });

  it("of GitHub is logged in to with github-token as the run's actor", async () => {
    const { step, logins } = await loginsFor(
      "ghcr.io/octo/shop",
      { GITHUB_ACTOR: "octocat" },
      { "github-token": "ghs_abcdef0123" },
    );
    expect(logins["ghcr.io"]).toBe("octocat:ghs_abcdef0123");
    expect(printed(step)).not.toContain("ghs_abcdef0123");
  });

  it("without credentials is an error that names it, before the build", async () => {
    const host = "210987654321.dkr.ecr.us-west-2.amazonaws.com";
    const { step } = await loginsFor(`${host}/shop`, { AWS_EC2_METADATA_DISABLED: "true" });
    expect(step.exitCode).toBe(1);
    expect(step.errors[0]).toContain(host);
    expect(world.calls().filter(({ arguments: [verb] }) => verb === "buildx")).toEqual([]);
  });
});

describe("files that hold secrets", () => {
  it("are readable by this user alone while they are there", async () => {
    const modes = join(world.workspace, "../modes");
    await world.build({
      "test-command": `/bin/sh -c "stat -c %a \\"$DOCKER_CONFIG\\" \\"$DOCKER_CONFIG/config.json\\" > ${modes}"`,
    });
    expect(readFileSync(modes, "utf8")).toBe("700\n600\n");
  });
});
