import { readFile } from "node:fs/promises";
import { describe, expect, it } from "@jest/globals";
import { type Json, location, type World, world } from "./world.ts";

/** Walks the way of google-auth-library: credential file, identity token, STS, impersonation. */
async function exchange({ google }: World, overrides: Readonly<Record<string, string>> = {}) {
  const path = google.environment()["GOOGLE_APPLICATION_CREDENTIALS"] ?? "";
  const file = JSON.parse(await readFile(path, "utf8"));
  const { url, headers } = file.credential_source;
  const { value } = (await (await fetch(url, { headers })).json()) as { value: string };
  const form = new URLSearchParams({
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    audience: file.audience,
    scope: "https://www.googleapis.com/auth/cloud-platform",
    requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
    subject_token: value,
    subject_token_type: file.subject_token_type,
    ...overrides,
  });
  const response = await fetch(file.token_url, { method: "POST", body: form });
  return { status: response.status, body: (await response.json()) as Json, file };
}

async function impersonate(
  world: World,
  federated: Json,
  body: object = { scope: ["https://www.googleapis.com/auth/cloud-platform"] },
) {
  const { file } = await exchange(world);
  const url = new URL(file.service_account_impersonation_url);
  return world.call("POST", url.pathname.slice(1), body, { authorization: `Bearer ${federated}` });
}

const services = `${location}/services`;

describe("workload identity federation", () => {
  it("turns a job's identity token into a federated token that lives no longer than the identity token", async () => {
    await using job = await world();

    const { status, body } = await exchange(job);

    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: "Bearer", expires_in: 300 });
    expect(job.google.tokens.find(String(body["access_token"]))?.principal.member).toBe(
      "principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/github/subject/repo:acme/shop-api:ref:refs/heads/main",
    );
    expect(job.google.violations).toEqual([]);
  });

  it("takes the JSON form of the exchange as well", async () => {
    await using job = await world();
    const subjectToken = await job.google.oidc.token(`https://iam.googleapis.com/${job.google.provider}`);

    const { status, body } = await job.call("POST", "v1/token", {
      grantType: "urn:ietf:params:oauth:grant-type:token-exchange",
      audience: `//iam.googleapis.com/${job.google.provider}`,
      scope: "https://www.googleapis.com/auth/cloud-platform",
      requestedTokenType: "urn:ietf:params:oauth:token-type:access_token",
      subjectToken,
      subjectTokenType: "urn:ietf:params:oauth:token-type:jwt",
    });

    expect([status, body["expires_in"]]).toEqual([200, 300]);
  });

  it("lets the federated identity act as the service account for an hour", async () => {
    await using job = await world();
    const { body } = await exchange(job);

    const answer = await impersonate(job, body["access_token"] as Json);

    expect(answer.body).toEqual({ accessToken: expect.any(String), expireTime: "2026-01-01T01:00:00Z" });
    const listed = await job.call("GET", services, undefined, {
      authorization: `Bearer ${answer.body["accessToken"]}`,
    });
    expect(listed.status).toBe(200);
  });

  it("refuses an identity that the attribute condition does not let in", async () => {
    await using job = await world({
      provider: { attributeCondition: (claims) => claims["repository"] === "acme/other" },
    });

    const { status, body } = await exchange(job);

    expect([status, body]).toEqual([
      400,
      {
        error: "unauthorized_client",
        error_description: "The given credential is rejected by the attribute condition.",
      },
    ]);
  });

  it.each([
    [
      { audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/x/providers/y" },
      "invalid_target",
    ],
    [{ subject_token: "not a token" }, "invalid_request"],
    [{ grant_type: "password" }, "unsupported_grant_type"],
    [{ scope: "" }, "invalid_scope"],
  ])("refuses an exchange with %j", async (overrides, error) => {
    await using job = await world();

    const { status, body } = await exchange(job, overrides);

    expect([status, body["error"]]).toEqual([400, error]);
  });

  it.each([
    [{ aud: "https://elsewhere.example" }, "does not match the expected audience"],
    [{ exp: 1 }, "is stale to sign-in"],
    [{ iss: "https://elsewhere.example" }, "does not match the expected ones"],
  ])("refuses an identity token with the claims %j", async (claims, reason) => {
    await using job = await world();
    const token = await job.google.oidc.token(`https://iam.googleapis.com/${job.google.provider}`, claims);

    const { body } = await exchange(job, { subject_token: token });

    expect(body).toEqual({ error: "invalid_grant", error_description: expect.stringContaining(reason) });
  });

  it("names the permission when the account does not let the identity act as it", async () => {
    await using job = await world({
      serviceAccounts: [{ email: "ship@acme-shop.iam.gserviceaccount.com", allows: () => false }],
    });
    const { body } = await exchange(job);

    const answer = await impersonate(job, body["access_token"] as Json);

    expect(answer.status).toBe(403);
    expect(answer.body["error"]).toMatchObject({
      status: "PERMISSION_DENIED",
      message: "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
    });
  });

  it("refuses tokens that shall live longer than the account allows", async () => {
    await using job = await world();
    const { body } = await exchange(job);

    const answer = await impersonate(job, body["access_token"] as Json, { scope: ["x"], lifetime: "7200s" });

    expect(answer.body["error"]).toMatchObject({
      code: 400,
      message: expect.stringContaining("cannot exceed 3600"),
    });
  });
});

describe("bearer tokens", () => {
  it.each([
    ["", "CREDENTIALS_MISSING"],
    ["Bearer made-up", "ACCESS_TOKEN_TYPE_UNSUPPORTED"],
  ])("are asked for: %j is UNAUTHENTICATED", async (authorization, reason) => {
    await using job = await world();

    const { status, body } = await job.call("GET", services, undefined, { authorization });

    expect(status).toBe(401);
    expect(body["error"]).toMatchObject({
      status: "UNAUTHENTICATED",
      details: [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason, domain: "googleapis.com" }],
    });
  });

  it("end on time", async () => {
    await using job = await world();
    const authorization = `Bearer ${job.google.accessToken(300)}`;

    await job.clock.advance(299_000);
    expect((await job.call("GET", services, undefined, { authorization })).status).toBe(200);
    await job.clock.advance(1_000);
    const late = await job.call("GET", services, undefined, { authorization });

    expect(late.body["error"]).toMatchObject({ code: 401, details: [{ reason: "ACCESS_TOKEN_EXPIRED" }] });
  });

  it("reach only what their scopes cover", async () => {
    await using job = await world();
    const principal = { member: "serviceAccount:reader@acme", email: "reader@acme" };
    const { value } = job.google.tokens.issue(principal, 60, [
      "https://www.googleapis.com/auth/monitoring.read",
    ]);
    const headers = { authorization: `Bearer ${value}` };

    const run = await job.call("GET", services, undefined, headers);
    const metric = "v3/projects/acme-shop/metricDescriptors/run.googleapis.com/request_count";
    const monitoring = await job.call("GET", metric, undefined, headers);

    expect(run.body["error"]).toMatchObject({
      code: 403,
      details: [{ reason: "ACCESS_TOKEN_SCOPE_INSUFFICIENT" }],
    });
    expect(monitoring.status).toBe(200);
  });

  it("may be for reading only", async () => {
    await using job = await world();
    const principal = { member: "serviceAccount:reader@acme", email: "reader@acme" };
    const readOnly = "https://www.googleapis.com/auth/cloud-platform.read-only";
    const { value } = job.google.tokens.issue(principal, 60, [readOnly]);
    const headers = { authorization: `Bearer ${value}` };

    const read = await job.call("GET", services, undefined, headers);
    const written = await job.call("POST", `${services}?serviceId=shop`, {}, headers);

    expect([read.status, written.status]).toEqual([200, 403]);
  });

  it("do not reach another project", async () => {
    await using job = await world();

    const { body } = await job.call("GET", "v2/projects/elsewhere/locations/europe-west1/services");

    expect(body["error"]).toMatchObject({
      code: 403,
      message: expect.stringContaining("'run.services.list'"),
    });
  });
});

it("removes the credential file when the simulation ends", async () => {
  const job = await world();
  const path = job.google.environment()["GOOGLE_APPLICATION_CREDENTIALS"] ?? "";
  await readFile(path);

  await job[Symbol.asyncDispose]();

  await expect(readFile(path)).rejects.toThrow("ENOENT");
});
