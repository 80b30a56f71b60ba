import { createServer, type Server } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { ecrLogins, ecrRegistry } from "#ship/aws";
import { googleRegistryLogins } from "#ship/google";
import { type GivenLogin, gitHubLogins, type Login, type LoginSource, resolveLogins } from "#ship/images";
import { manualClock, type Run, readEnvironment, recordingLog } from "#ship/kit";
import { type SimulatedAws, startSimulatedAws, startSimulatedGoogle } from "#ship/simulators";
import { bareRun } from "../aws/session.ts";

const clock = manualClock();
let masked: Set<string>;
let log: ReturnType<typeof recordingLog>;
let kept: NodeJS.ProcessEnv;
const closing: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  masked = new Set();
  log = recordingLog();
  kept = { ...process.env };
});
afterEach(async () => {
  process.env = kept;
  for (const close of closing.splice(0)) await close();
});

const redaction = { add: (value: string) => void masked.add(value), redact: (text: string) => text };
const run = (environment: Readonly<Record<string, string>> = {}, more: Partial<Run> = {}): Run => ({
  ...bareRun(clock).run,
  environment: readEnvironment(environment),
  redaction,
  ...more,
});
const resolve = (
  hosts: readonly string[],
  more: {
    readOnly?: readonly string[];
    given?: readonly GivenLogin[];
    sources?: readonly LoginSource[];
    job?: Login;
    signal?: AbortSignal;
  } = {},
) =>
  clock.runUntil(
    resolveLogins(hosts, {
      given: more.given ?? [],
      sources: more.sources ?? [],
      job: async (host) => (more.job?.registry === host ? more.job : undefined),
      actor: "octocat",
      readOnly: more.readOnly ?? [],
      redaction,
      fetch: globalThis.fetch,
      clock,
      log,
      signal: more.signal ?? new AbortController().signal,
    }),
  );

describe("a login that is given", () => {
  it("is taken as it is, and its secret is masked in every form it travels in", async () => {
    const given = { registry: "registry.example", username: "ship", password: "open-sesame" };
    expect(await resolve(["registry.example"], { given: [given] })).toEqual([given]);
    expect(masked).toEqual(new Set(["open-sesame", Buffer.from("ship:open-sesame").toString("base64")]));
  });

  it("wins over what a source would give", async () => {
    const given = { registry: "ghcr.io", username: "bot", password: "personal" };
    expect(
      await resolve(["ghcr.io"], { given: [given], sources: [gitHubLogins("octocat", "github")] }),
    ).toEqual([given]);
  });

  it.each([
    ["ghcr.io", "octocat"],
    ["containers.github.example", "octocat"],
    ["shop.azurecr.io", "00000000-0000-0000-0000-000000000000"],
    ["europe-docker.pkg.dev", "oauth2accesstoken"],
    ["eu.gcr.io", "oauth2accesstoken"],
    ["123456789012.dkr.ecr.eu-central-1.amazonaws.com", "AWS"],
    ["public.ecr.aws", "AWS"],
  ])("by a bare token for %s has the user name %s", async (registry, username) => {
    const given = [{ registry, token: "bare-token" }];
    expect(await resolve([], { given })).toEqual([{ registry, username, password: "bare-token" }]);
    expect(masked).toContain("bare-token");
  });

  it("by a bare token for a host that tells no user name is an error", async () => {
    const given = [{ registry: "registry.example", token: "bare-token" }];
    await expect(resolve([], { given })).rejects.toMatchObject({
      code: "INPUT_INVALID",
      message: expect.stringContaining("registry.example"),
    });
    expect(masked).toContain("bare-token");
  });

  it.each(["", "docker.io", "index.docker.io", "https://index.docker.io/v1/", "registry-1.docker.io"])(
    "for Docker Hub may be written %j",
    async (registry) => {
      const given = [{ registry, username: "ship", password: "p" }];
      expect(await resolve(["docker.io"], { given })).toEqual([{ ...given[0], registry: "docker.io" }]);
    },
  );
});

describe("an Azure access token", () => {
  async function azure(
    answer: (form: URLSearchParams) => { status: number; body: unknown },
  ): Promise<string> {
    const server: Server = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk) => {
        text += chunk;
      });
      request.on("end", () => {
        const { status, body } =
          request.url === "/oauth2/exchange" && request.method === "POST"
            ? answer(new URLSearchParams(text))
            : { status: 404, body: {} };
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
      });
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    closing.push(() => new Promise((done) => server.close(done)));
    const address = server.address();
    if (typeof address !== "object" || address === null) throw new Error("The server has no port.");
    return `127.0.0.1:${address.port}`;
  }

  it("is exchanged at the registry for its refresh token", async () => {
    const forms: Record<string, string>[] = [];
    let failures = 2;
    const registry = await azure((form) => {
      forms.push(Object.fromEntries(form));
      failures -= 1;
      return failures >= 0
        ? { status: 503, body: {} }
        : { status: 200, body: { refresh_token: "refresh-token" } };
    });
    const given = [{ registry, azureToken: "aad-token", azureTenant: "acme" }];
    expect(await resolve([], { given })).toEqual([
      { registry, username: "00000000-0000-0000-0000-000000000000", password: "refresh-token" },
    ]);
    expect(forms.at(-1)).toEqual({
      grant_type: "access_token",
      service: registry,
      access_token: "aad-token",
      tenant: "acme",
    });
    expect(masked).toContain("aad-token");
    expect(masked).toContain("refresh-token");
  });

  it("that is refused fails in the registry's words, with its host", async () => {
    const body = { errors: [{ code: "UNAUTHORIZED", message: "authentication required" }] };
    const registry = await azure(() => ({ status: 401, body }));
    await expect(resolve([], { given: [{ registry, azureToken: "aad-token" }] })).rejects.toMatchObject({
      code: "CREDENTIALS_INVALID",
      message: expect.stringMatching(
        new RegExp(`^${registry} did not take the Azure access token: UNAUTHORIZED: authentication required`),
      ),
    });
  });
});

describe("GitHub's registry", () => {
  it("is entered by the job's own token, unless the job is logged in already", async () => {
    const sources = [gitHubLogins("octocat", "github-token")];
    expect(await resolve(["ghcr.io", "docker.io"], { sources })).toEqual([
      { registry: "ghcr.io", username: "octocat", password: "github-token" },
    ]);
    const job = { registry: "ghcr.io", username: "bot", password: "personal" };
    expect(await resolve(["ghcr.io"], { sources, job })).toEqual([]);
    expect(await resolve(["ghcr.io"], { sources: [gitHubLogins("octocat", undefined)] })).toEqual([]);
  });
});

describe("Amazon ECR", () => {
  const host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
  const foreign = "999999999999.dkr.ecr.eu-west-1.amazonaws.com";
  let aws: SimulatedAws;
  beforeEach(async () => {
    aws = await startSimulatedAws({ clock });
    closing.push(aws.close);
    Object.assign(process.env, aws.environment());
  });
  const sources = (hosts: "auto" | "all" = "auto") => [
    ecrLogins({ hosts, region: "eu-central-1", roleToAssume: undefined }, run(aws.environment())),
  ];

  it.each([
    ["123456789012.dkr.ecr.eu-central-1.amazonaws.com", "eu-central-1"],
    ["123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "cn-north-1"],
    ["123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"],
    ["123456789012.dkr-ecr.us-west-2.on.aws", "us-west-2"],
    ["123456789012.dkr-ecr-fips.us-east-1.on.aws", "us-east-1"],
    ["123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn", "cn-north-1"],
    ["123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"],
  ])("is known by its host %s", (registry, region) => {
    expect(ecrRegistry(registry)).toEqual({ accountId: "123456789012", region });
  });

  it.each([
    "123456789012.dkr.ecr.eu-central-1.amazonaws.com.evil.example",
    "12345.dkr.ecr.eu-central-1.amazonaws.com",
    "evil.example/123456789012.dkr.ecr.eu-central-1.amazonaws.com",
  ])("is not taken for what only looks like it: %s", (registry) => {
    expect(ecrRegistry(registry)).toBeUndefined();
  });

  it("gives a login for its region and account, also another one, that opens the registry", async () => {
    const logins = await resolve([host, foreign, "docker.io"], { sources: sources() });
    expect(logins).toEqual([
      { registry: host, username: "AWS", password: expect.any(String) },
      { registry: foreign, username: "AWS", password: expect.any(String) },
    ]);
    expect(aws.calls.of("ecr").map(({ region, input }) => [region, input])).toEqual([
      ["eu-west-1", { registryIds: ["123456789012"] }],
      ["eu-west-1", { registryIds: ["999999999999"] }],
    ]);
    const [first] = logins;
    const password = first !== undefined && "password" in first ? first.password : "";
    expect(masked).toContain(password);
    const answer = await fetch(`${aws.ecr.registry.url}/v2/`, {
      headers: { authorization: `Basic ${Buffer.from(`AWS:${password}`).toString("base64")}` },
    });
    expect(answer.status).toBe(200);
  });

  it("is asked for hosts of any name when it is said to stand behind them", async () => {
    expect(await resolve(["registry.example"], { sources: sources("all") })).toMatchObject([
      { username: "AWS" },
    ]);
    expect(aws.calls.of("ecr").map(({ region, input }) => [region, input])).toEqual([["eu-central-1", {}]]);
  });

  it("Public is asked where it is, whatever the job's region", async () => {
    expect(await resolve(["public.ecr.aws"], { sources: sources() })).toEqual([
      { registry: "public.ecr.aws", username: "AWS", password: expect.any(String) },
    ]);
    expect(aws.calls.of("ecr-public").map(({ region }) => region)).toEqual(["us-east-1"]);
  });

  it("that refuses is quoted, with the host", async () => {
    aws.faults.add({ action: "GetAuthorizationToken", fault: { kind: "denied" } });
    await expect(resolve([host], { sources: sources() })).rejects.toMatchObject({
      code: "ACCESS_DENIED",
      message: expect.stringMatching(new RegExp(`^${host}: ecr:GetAuthorizationToken answered AccessDenied`)),
    });
  });

  it("that refuses is no hindrance where an image is only read", async () => {
    aws.faults.add({ action: "GetAuthorizationToken", fault: { kind: "denied" } });
    expect(await resolve(["public.ecr.aws"], { sources: sources(), readOnly: ["public.ecr.aws"] })).toEqual(
      [],
    );
    expect(log.lines.at(-1)).toMatch(/^warning: .*gave no login, so it is read anonymously/);
  });

  it("that refuses leaves the job its own login, with a warning", async () => {
    aws.faults.add({ action: "GetAuthorizationToken", fault: { kind: "denied" } });
    const job = { registry: host, username: "AWS", password: "from-an-earlier-step" };
    expect(await resolve([host], { sources: sources(), job })).toEqual([]);
    expect(log.lines.at(-1)).toMatch(/^warning: .*Amazon ECR gave no login, so that of the job is used/);
  });
});

describe("Google's registries", () => {
  it("are entered by an access token of the job's identity", async () => {
    const google = await startSimulatedGoogle({ clock });
    closing.push(google.close);
    const { provider, serviceAccount } = google;
    const identity = { workloadIdentityProvider: provider, serviceAccount };
    const idToken = (audience: string) => google.oidc.token(audience);
    const source = googleRegistryLogins(identity, run(google.environment(), { idToken }));
    const logins = await resolve(["europe-docker.pkg.dev", "docker.io"], { sources: [source] });
    expect(logins).toEqual([
      { registry: "europe-docker.pkg.dev", username: "oauth2accesstoken", password: expect.any(String) },
    ]);
    expect(google.calls.of("iamcredentials")).toHaveLength(1);
    expect(["gcr.io", "us.gcr.io", "evil-gcr.io", "gcr.io.evil.example"].map(source.serves)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it("without credentials say so, with the host", async () => {
    const identity = { workloadIdentityProvider: undefined, serviceAccount: undefined };
    const environment = { GOOGLE_APPLICATION_CREDENTIALS: "/nowhere/credentials.json" };
    const sources = [googleRegistryLogins(identity, run(environment))];
    await expect(resolve(["eu.gcr.io"], { sources })).rejects.toMatchObject({
      code: "CREDENTIALS_INVALID",
      message: expect.stringMatching(/^eu\.gcr\.io: Application default credentials gave no token/),
    });
  });
});
