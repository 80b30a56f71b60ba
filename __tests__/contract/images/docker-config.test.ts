import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createDockerConfig, readJobLogins, removeDockerConfig } from "#ship/docker";
import type { Login } from "#ship/images";
import { readEnvironment, systemExec } from "#ship/kit";

let folder: string;
const path = process.env["PATH"];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ship-config-"));
  process.env["PATH"] = `${join(folder, "bin")}:${path}`;
  for (const name of ["home/.docker/cli-plugins", "temp", "bin"])
    mkdirSync(join(folder, name), { recursive: true });
});
afterEach(() => {
  process.env["PATH"] = path;
  rmSync(folder, { recursive: true, force: true });
});

const base64 = (text: string) => Buffer.from(text).toString("base64");
const jobFile = () => join(folder, "home/.docker/config.json");
const environment = () =>
  readEnvironment({
    HOME: join(folder, "home"),
    RUNNER_TEMP: join(folder, "temp"),
    PATH: process.env["PATH"],
    INPUT_SECRET: "not for helpers",
  });
const jobLogins = (document?: unknown) => {
  if (document !== undefined) writeFileSync(jobFile(), JSON.stringify(document));
  return readJobLogins(environment(), systemExec);
};
async function config(document: unknown, logins: readonly Login[] = []) {
  const made = await createDockerConfig(environment(), logins, await jobLogins(document));
  const written = JSON.parse(readFileSync(join(made.directory, "config.json"), "utf8"));
  return { ...made, written };
}
/** A helper that writes down what it is asked and gives the answer. */
function helper(name: string, answer: string, status = 0): void {
  const path = join(folder, "bin", `docker-credential-${name}`);
  writeFileSync(
    path,
    `#!/bin/sh\necho "$1 $(cat) \${INPUT_SECRET:-}" >> '${folder}/asked'\nprintf '%s' '${answer}'\nexit ${status}\n`,
  );
  chmodSync(path, 0o755);
}
const asked = () =>
  readFileSync(join(folder, "asked"), "utf8")
    .trim()
    .split("\n")
    .map((line) => line.trim());

describe("the private configuration", () => {
  const given: Login = { registry: "registry.example", username: "ship", password: "a:b" };

  it("has the job's logins and those that were given, for this user's eyes alone", async () => {
    const auths = { "other.example": { auth: base64("job:secret") } };
    const { directory, written, login } = await config({ auths, proxies: { default: {} } }, [given]);
    expect(written).toEqual({
      auths: { ...auths, "registry.example": { auth: base64("ship:a:b") } },
      proxies: { default: {} },
    });
    expect(directory.startsWith(join(folder, "temp"))).toBe(true);
    expect(statSync(join(directory, "config.json")).mode & 0o777).toBe(0o600);
    expect(statSync(directory).mode & 0o077).toBe(0);
    expect(existsSync(join(directory, "cli-plugins"))).toBe(true);
    expect(await login("registry.example")).toEqual(given);
    expect(await login("other.example")).toEqual({
      registry: "other.example",
      username: "job",
      password: "secret",
    });
  });

  it("leaves the job's own file as it is, and is gone when removed", async () => {
    const document = { auths: { "registry.example": { auth: base64("job:secret") } } };
    const { directory } = await config(document, [given]);
    await removeDockerConfig(directory);
    expect(existsSync(directory)).toBe(false);
    expect(existsSync(join(folder, "home/.docker/cli-plugins"))).toBe(true);
    expect(JSON.parse(readFileSync(jobFile(), "utf8"))).toEqual(document);
    await removeDockerConfig(directory);
    await removeDockerConfig(undefined);
  });

  it("turns credential helpers off for the hosts that have a login of this step, and for those alone", async () => {
    const document = {
      credsStore: "store",
      credHelpers: { "registry.example": "ecr", "other.example": "gcr" },
    };
    expect((await config(document, [given])).written).toMatchObject({
      credsStore: "store",
      credHelpers: { "registry.example": "", "other.example": "gcr" },
    });
    const withoutStore = { credHelpers: { "registry.example": "ecr", "other.example": "gcr" } };
    expect((await config(withoutStore, [given])).written.credHelpers).toEqual({ "other.example": "gcr" });
  });

  it("puts a login of Docker Hub where Docker looks for it", async () => {
    const { written } = await config({}, [{ registry: "docker.io", username: "ship", password: "p" }]);
    expect(Object.keys(written.auths)).toEqual(["https://index.docker.io/v1/"]);
  });

  it("is made where the job has none", async () => {
    expect((await config(undefined, [given])).written.auths).toHaveProperty(["registry.example"]);
  });

  it("is not made of a file that cannot be read", async () => {
    writeFileSync(jobFile(), "{ nonsense");
    await expect(jobLogins()).rejects.toMatchObject({ code: "DOCUMENT_INVALID" });
  });
});

describe("a login of the job", () => {
  it.each([
    ["registry.example", "registry.example"],
    ["https://registry.example", "registry.example"],
    ["https://registry.example/v2/", "registry.example"],
    ["https://index.docker.io/v1/", "docker.io"],
  ])("under %s is found for %s", async (key, registry) => {
    const { login } = await jobLogins({ auths: { [key]: { auth: base64("job:se:cret") } } });
    expect(await login(registry)).toEqual({ registry, username: "job", password: "se:cret" });
  });

  it("by an identity token is one", async () => {
    const { login } = await jobLogins({
      auths: { "a.example": { auth: base64("<token>:"), identitytoken: "id" } },
    });
    expect(await login("a.example")).toEqual({ registry: "a.example", identityToken: "id" });
  });

  it("that a helper has is asked for by standard input", async () => {
    helper("store", '{"ServerURL":"a.example","Username":"job","Secret":"from the store"}');
    const { login } = await jobLogins({ auths: { "a.example": {} }, credsStore: "store" });
    expect(await login("a.example")).toEqual({
      registry: "a.example",
      username: "job",
      password: "from the store",
    });
    await login("docker.io");
    expect(asked()).toEqual(["get a.example", "get https://index.docker.io/v1/"]);
  });

  it("by a token that a helper has is an identity", async () => {
    helper("desktop", '{"Username":"<token>","Secret":"id"}');
    const { login } = await jobLogins({ credHelpers: { "a.example": "desktop" } });
    expect(await login("a.example")).toEqual({ registry: "a.example", identityToken: "id" });
    expect(await login("b.example")).toBeUndefined();
  });

  it("that a helper does not have is none", async () => {
    helper("store", "credentials not found in native keychain", 1);
    expect(await (await jobLogins({ credsStore: "store" })).login("a.example")).toBeUndefined();
  });

  it.each([
    ["fails", () => helper("store", "the keychain is locked", 1), "the keychain is locked"],
    ["answers nonsense", () => helper("store", "hello"), "its answer holds no secret"],
    ["is missing", () => {}, "docker-credential-store"],
  ])("is not given up silently when its helper %s", async (_what, install, words) => {
    install();
    const { login } = await jobLogins({ credsStore: "store" });
    await expect(login("a.example")).rejects.toMatchObject({
      code: "CREDENTIALS_INVALID",
      message: expect.stringContaining(words),
    });
    await expect(login("a.example")).rejects.toThrow("a.example");
  });
});
