import { readdirSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { openCloudRun, openGoogleSession } from "#ship/google";
import { readEnvironment } from "#ship/kit";
import { bareRun } from "../aws/session.ts";
import { minute, region, type World, world } from "./world.ts";

let shop: World;
let masked: string[];
beforeEach(async () => {
  shop = await world();
  masked = [];
});
afterEach(async () => {
  await shop.google.close();
  expect(shop.google.violations).toEqual([]);
});

const runWith = (environment: Readonly<Record<string, string>>) => ({
  ...bareRun(shop.clock).run,
  environment: readEnvironment(environment),
  redaction: { add: (value: string) => void masked.push(value), redact: (text: string) => text },
  idToken: (audience: string) => shop.google.oidc.token(audience),
});
const federated = (serviceAccount?: string, environment = shop.google.environment()) =>
  openGoogleSession({ workloadIdentityProvider: shop.google.provider, serviceAccount }, runWith(environment));
const inspect = async (session: Awaited<ReturnType<typeof openGoogleSession>>) => {
  const service = { project: shop.google.project.id, region, service: "shop", candidate: "green" };
  return (await openCloudRun(session, service)).target.inspect();
};
const exchanges = () => ({
  sts: shop.google.calls.of("sts").length,
  impersonations: shop.google.calls.of("iamcredentials").length,
});

describe("a session by the job's own identity", () => {
  it("exchanges its token for one of the service account, once, and masks what it was given", async () => {
    const session = await federated(shop.google.serviceAccount);
    await inspect(session);
    await inspect(session);
    expect(exchanges()).toEqual({ sts: 1, impersonations: 1 });
    expect(masked).toHaveLength(3);
  });

  it("needs no service account", async () => {
    const session = await federated();
    expect(await inspect(session)).toMatchObject({ stable: { name: "shop-1" } });
    expect(exchanges()).toEqual({ sts: 1, impersonations: 0 });
  });

  it("renews a token at half of its life: one of the provider lives five minutes", async () => {
    const session = await federated();
    await inspect(session);
    await shop.advance(2 * minute);
    await inspect(session);
    expect(exchanges().sts).toBe(1);
    await shop.advance(1 * minute);
    await inspect(session);
    expect(exchanges().sts).toBe(2);
  });

  it("gets a new token when the one in hand is not accepted any more", async () => {
    const session = await federated(shop.google.serviceAccount);
    await inspect(session);
    shop.google.faults.add({ service: "run", nth: 1, fault: { kind: "expired-token" } });
    expect(await inspect(session)).toMatchObject({ stable: { name: "shop-1" } });
    expect(exchanges()).toEqual({ sts: 2, impersonations: 2 });
  });

  it("finds the services where google-github-actions/auth would", async () => {
    const { CLOUDSDK_API_ENDPOINT_OVERRIDES_STS: sts, ...rest } = shop.google.environment();
    const session = await federated(undefined, { ...rest, GHA_ENDPOINT_OVERRIDE_sts: `${sts}v1` });
    expect(await inspect(session)).toMatchObject({ stable: { name: "shop-1" } });
  });

  it("tries the exchange again after an outage", async () => {
    shop.google.faults.add({ service: "sts", times: 2, fault: { kind: "server-error" } });
    expect(await inspect(await federated())).toMatchObject({ stable: { name: "shop-1" } });
  });

  it("says in Google's words why it is nobody, and what to do", async () => {
    const session = await openGoogleSession(
      { workloadIdentityProvider: `${shop.google.provider}-gone`, serviceAccount: undefined },
      runWith(shop.google.environment()),
    );
    await expect(inspect(session)).rejects.toMatchObject({
      message: expect.stringContaining(
        'The target service indicated by the "audience" parameters is invalid',
      ),
    });
    shop.google.deniedPermissions.add("iam.serviceAccounts.getAccessToken");
    await expect(inspect(await federated(shop.google.serviceAccount))).rejects.toMatchObject({
      code: "ACCESS_DENIED",
      message: expect.stringContaining("iam.serviceAccounts.getAccessToken answered PERMISSION_DENIED"),
    });
  });

  it("is refused in a job that may not ask for a token", async () => {
    await expect(federated(undefined, {})).rejects.toMatchObject({ code: "OIDC_UNAVAILABLE" });
  });
});

describe("a session by application default credentials", () => {
  const defaults = { workloadIdentityProvider: undefined, serviceAccount: undefined };

  it.each(["GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_GHA_CREDS_PATH"])(
    "uses the file that %s names, holds its token, and writes none",
    async (name) => {
      const environment = Object.entries(shop.google.environment());
      const kept = environment.filter(([key]) => !/^GOOGLE_.*CRED/.test(key) || key === name);
      const before = readdirSync(process.cwd());
      const session = await openGoogleSession(defaults, runWith(Object.fromEntries(kept)));
      await inspect(session);
      await inspect(session);
      expect(exchanges()).toEqual({ sts: 1, impersonations: 1 });
      expect(readdirSync(process.cwd())).toEqual(before);
    },
  );

  it("says that the file is missing, and what to give instead", async () => {
    const session = await openGoogleSession(
      defaults,
      runWith({ ...shop.google.environment(), GOOGLE_APPLICATION_CREDENTIALS: "/nowhere/credentials.json" }),
    );
    await expect(inspect(session)).rejects.toMatchObject({
      code: "CREDENTIALS_INVALID",
      message: expect.stringContaining("/nowhere/credentials.json"),
      hint: expect.stringContaining("workload-identity-provider"),
    });
  });
});
