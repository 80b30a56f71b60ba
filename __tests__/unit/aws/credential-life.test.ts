import { describe, expect, it } from "@jest/globals";
import { openSession } from "#ship/aws";
import { manualClock, readEnvironment } from "#ship/kit";
import { bareRun } from "../../contract/aws/session.ts";

const keys = { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret" };
const temporary = { ...keys, AWS_SESSION_TOKEN: "token" };
const oidc = { ACTIONS_ID_TOKEN_REQUEST_URL: "http://127.0.0.1", ACTIONS_ID_TOKEN_REQUEST_TOKEN: "token" };

const lifeOf = (environment: Readonly<Record<string, string>>, roleToAssume?: string) => {
  const { run } = bareRun(manualClock());
  const options = { region: "eu-central-1", roleToAssume };
  return openSession(options, { ...run, environment: readEnvironment(environment) }).life;
};

describe("how long the keys of a session last", () => {
  it("is as long as the job where they can be renewed, or never end", () => {
    expect(lifeOf({})).toEqual({ kind: "renewed" });
    expect(lifeOf(keys)).toEqual({ kind: "renewed" });
    expect(lifeOf({ ...temporary, ...oidc }, "arn:aws:iam::123456789012:role/deploy")).toEqual({
      kind: "renewed",
    });
  });

  it("is until their expiration where the job knows it", () => {
    const expiring = { ...temporary, AWS_CREDENTIAL_EXPIRATION: "2026-01-01T01:00:00Z" };
    expect(lifeOf(expiring)).toEqual({ kind: "until", at: Date.UTC(2026, 0, 1, 1) });
  });

  it("is unknown of other temporary keys", () => {
    expect(lifeOf(temporary)).toEqual({ kind: "unknown" });
    expect(lifeOf({ ...temporary, AWS_CREDENTIAL_EXPIRATION: "soon" })).toEqual({ kind: "unknown" });
  });
});
