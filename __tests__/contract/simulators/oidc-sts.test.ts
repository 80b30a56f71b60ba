import { DescribeRepositoriesCommand, ECRClient } from "@aws-sdk/client-ecr";
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  type Credentials,
  GetCallerIdentityCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";
import { type ManualClock, manualClock } from "#ship/kit";
import { type SimulatedAws, startOidcIssuer, startSimulatedAws } from "#ship/simulators";
import { awsClient } from "./wire.ts";

const deploy = "arn:aws:iam::123456789012:role/deploy";
const minute = 60_000;

let clock: ManualClock;
let aws: SimulatedAws;
let sts: STSClient;

beforeEach(async () => {
  clock = manualClock(Date.now());
  aws = await startSimulatedAws({
    clock,
    roles: [
      { name: "deploy", subjects: ["repo:acme/shop-api:environment:*", "repo:acme@1001/shop-api@2002:*"] },
      { name: "chained", externalId: "ship" },
    ],
    job: { environment: "production" },
  });
  sts = new STSClient(awsClient(aws));
});
afterEach(async () => {
  sts.destroy();
  await aws.close();
});

describe("the identity token issuer", () => {
  const ask = (suffix: string, bearer = aws.oidc.environment().ACTIONS_ID_TOKEN_REQUEST_TOKEN) =>
    fetch(`${aws.oidc.environment().ACTIONS_ID_TOKEN_REQUEST_URL}${suffix}`, {
      headers: { authorization: `Bearer ${bearer}` },
    });
  const token = async (suffix: string) => {
    const { value }: { value: string } = JSON.parse(await (await ask(suffix)).text());
    return value;
  };

  it("gives a job a token that verifies against the published keys", async () => {
    const discovery = await fetch(`${aws.oidc.issuer}/.well-known/openid-configuration`);
    const { jwks_uri }: { jwks_uri: string } = JSON.parse(await discovery.text());

    const { payload, protectedHeader } = await jwtVerify(
      await token("&audience=sts.amazonaws.com"),
      createRemoteJWKSet(new URL(jwks_uri)),
      { issuer: aws.oidc.issuer, audience: "sts.amazonaws.com", currentDate: new Date(clock.now()) },
    );

    expect(protectedHeader.alg).toBe("RS256");
    expect(payload).toMatchObject({
      sub: "repo:acme/shop-api:environment:production",
      environment: "production",
      job_workflow_ref: "acme/shop-api/.github/workflows/deploy.yml@refs/heads/main",
    });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300);
  });

  it("names the repository's owner as audience unless asked for another", async () => {
    expect(decodeJwt(await token("")).aud).toBe("https://github.com/acme");
  });

  it("refuses a caller without the job's request token", async () => {
    expect((await ask("", "wrong")).status).toBe(401);
  });

  it.each([
    [{ subjectForm: "names-and-ids" }, "repo:acme@1001/shop-api@2002:environment:production"],
    [{ repository: "acme/other" }, "repo:acme/other:environment:production"],
  ] as const)("words the subject of a job %j", async (job, subject) => {
    aws.oidc.actAs(job);

    expect(decodeJwt(await token("")).sub).toBe(subject);
  });

  it("falls back to the ref for a job without environment", async () => {
    const issuer = await startOidcIssuer({ clock, job: { ref: "refs/tags/v1" } });
    const claims = decodeJwt(await issuer.token("x"));
    await issuer.close();

    expect(claims).toMatchObject({ sub: "repo:acme/shop-api:ref:refs/tags/v1", ref_type: "tag" });
    expect(claims).not.toHaveProperty("environment");
  });
});

describe("AssumeRoleWithWebIdentity", () => {
  const assume = async (
    overrides: Readonly<Record<string, unknown>> = {},
    more: { RoleArn?: string; DurationSeconds?: number; RoleSessionName?: string; token?: string } = {},
  ) => {
    const { token = await aws.oidc.token("sts.amazonaws.com", overrides), ...input } = more;
    return sts.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: deploy,
        RoleSessionName: "GitHubActions",
        WebIdentityToken: token,
        ...input,
      }),
    );
  };
  const ecrAs = (credentials: Credentials | undefined) =>
    new ECRClient(
      awsClient(aws, {
        accessKeyId: credentials?.AccessKeyId ?? "",
        secretAccessKey: credentials?.SecretAccessKey ?? "",
        sessionToken: credentials?.SessionToken ?? "",
      }),
    );

  it("opens a session for a job the role trusts", async () => {
    const { Credentials: credentials, AssumedRoleUser: user } = await assume();

    expect(credentials?.AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(credentials?.Expiration?.getTime()).toBe(clock.now() + 60 * minute);
    expect(user?.Arn).toBe("arn:aws:sts::123456789012:assumed-role/deploy/GitHubActions");
    await ecrAs(credentials).send(new DescribeRepositoriesCommand({}));
    expect(aws.violations).toEqual([]);
  });

  it("trusts subjects with identifiers as well", async () => {
    aws.oidc.actAs({ subjectForm: "names-and-ids" });

    expect((await assume()).SubjectFromWebIdentityToken).toContain("acme@1001/shop-api@2002");
  });

  it("ends the session for every service when its time is over", async () => {
    const { Credentials: credentials } = await assume({}, { DurationSeconds: 900 });
    const ecr = ecrAs(credentials);
    await clock.advance(14 * minute);
    await ecr.send(new DescribeRepositoriesCommand({}));

    await clock.advance(minute);

    await expect(ecr.send(new DescribeRepositoriesCommand({}))).rejects.toMatchObject({
      name: "ExpiredTokenException",
      message: "The security token included in the request is expired",
    });
  });

  it("refuses a session's key without its session token", async () => {
    const { Credentials: credentials } = await assume();
    const ecr = ecrAs(credentials && { ...credentials, SessionToken: "forged" });

    await expect(ecr.send(new DescribeRepositoriesCommand({}))).rejects.toMatchObject({
      name: "UnrecognizedClientException",
    });
  });

  it.each([
    ["another subject", { sub: "repo:evil/shop-api:environment:production" }],
    ["a subject that only begins alike", { sub: "repo:acme/shop-api-fork:environment:production" }],
  ])("denies %s", async (_name, claims) => {
    await expect(assume(claims)).rejects.toMatchObject({
      name: "AccessDenied",
      message: "Not authorized to perform sts:AssumeRoleWithWebIdentity",
      $metadata: { httpStatusCode: 403 },
    });
  });

  it("denies a role that does not exist in the same words", async () => {
    await expect(assume({}, { RoleArn: `${deploy}-x` })).rejects.toThrow(
      "Not authorized to perform sts:AssumeRoleWithWebIdentity",
    );
  });

  it.each([
    ["for another audience", { aud: "sigstore" }, "Incorrect token audience"],
    ["of an unknown issuer", { iss: "https://evil.example" }, "No OpenIDConnect provider found"],
  ])("refuses a token %s", async (_name, claims, message) => {
    await expect(assume(claims)).rejects.toMatchObject({
      name: "InvalidIdentityTokenException",
      message: expect.stringContaining(message),
    });
  });

  it("refuses a token with a forged payload", async () => {
    const [head, , signature] = (await aws.oidc.token("sts.amazonaws.com")).split(".");
    const [, payload] = (
      await aws.oidc.token("sts.amazonaws.com", { sub: "repo:acme/shop-api:environment:x" })
    ).split(".");

    await expect(assume({}, { token: `${head}.${payload}.${signature}` })).rejects.toMatchObject({
      name: "InvalidIdentityTokenException",
    });
  });

  it("refuses what is no token at all", async () => {
    await expect(assume({}, { token: "secret" })).rejects.toThrow("The ID Token provided is not a valid JWT");
  });

  it("refuses a token older than five minutes", async () => {
    const token = await aws.oidc.token("sts.amazonaws.com");
    await clock.advance(5 * minute);

    await expect(assume({}, { token })).rejects.toMatchObject({
      name: "ExpiredTokenException",
      message: expect.stringContaining("must be before the expiration date/time"),
    });
  });

  it.each([
    [899, "Member must have value greater than or equal to 900"],
    [3601, "exceeds the MaxSessionDuration set for this role"],
  ])("refuses a session of %d seconds", async (DurationSeconds, message) => {
    await expect(assume({}, { DurationSeconds })).rejects.toThrow(message);
  });

  it("refuses a session name AWS would not take", async () => {
    await expect(assume({}, { RoleSessionName: "no spaces" })).rejects.toThrow(
      /'no spaces' at 'roleSessionName'/,
    );
  });
});

describe("AssumeRole and GetCallerIdentity", () => {
  const chained = (ExternalId?: string, DurationSeconds?: number) =>
    new AssumeRoleCommand({
      RoleArn: "arn:aws:iam::123456789012:role/chained",
      RoleSessionName: "next",
      ...(ExternalId === undefined ? {} : { ExternalId }),
      ...(DurationSeconds === undefined ? {} : { DurationSeconds }),
    });

  it("opens a session whose calls are made as the role", async () => {
    const { Credentials: credentials } = await sts.send(chained("ship"));
    const asRole = new STSClient(
      awsClient(aws, {
        accessKeyId: credentials?.AccessKeyId ?? "",
        secretAccessKey: credentials?.SecretAccessKey ?? "",
        sessionToken: credentials?.SessionToken ?? "",
      }),
    );

    const caller = await asRole.send(new GetCallerIdentityCommand({}));

    expect(caller.Arn).toBe("arn:aws:sts::123456789012:assumed-role/chained/next");
    expect(caller.UserId).toMatch(/^AROA[A-Z2-7]{17}:next$/);
  });

  it("denies a caller without the external id", async () => {
    await expect(sts.send(chained())).rejects.toMatchObject({
      name: "AccessDenied",
      message: expect.stringContaining("is not authorized to perform: sts:AssumeRole on resource"),
    });
  });
});
