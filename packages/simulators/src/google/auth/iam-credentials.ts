import type { Clock } from "#ship/kit";
import type { JsonObject } from "../../service.ts";
import type { GoogleApi, GoogleCall } from "../api.ts";
import { denied } from "../front/injected-fault.ts";
import { invalid } from "../status.ts";
import { durationMilliseconds, text, texts } from "../values.ts";
import type { ServiceAccountOptions } from "./service-accounts.ts";
import type { AccessTokens } from "./tokens.ts";

const permission = "iam.serviceAccounts.getAccessToken";

/** The Service Account Credentials API: access tokens of a service account for those who may act as it. */
export function createIamCredentials(options: {
  readonly clock: Clock;
  readonly accounts: ReadonlyMap<string, ServiceAccountOptions>;
  readonly tokens: AccessTokens;
}): GoogleApi {
  const generateAccessToken = ({ path, body, principal }: GoogleCall): JsonObject => {
    const account = options.accounts.get(path["account"] ?? "");
    if (!account) throw denied(permission);
    const claims = principal.claims;
    if (claims !== undefined && !(account.allows ?? (() => true))(claims)) throw denied(permission);
    if (claims === undefined && principal.email !== account.email) throw denied(permission);
    const scopes = texts(body, "scope");
    if (scopes.length === 0)
      throw invalid("scope", "Request contains an invalid argument: scope is required.");
    const longest = account.longestTokenSeconds ?? 3600;
    const lifetime = text(body, "lifetime");
    const seconds = lifetime === undefined ? 3600 : (durationMilliseconds(lifetime) ?? Number.NaN) / 1000;
    if (!(seconds > 0 && seconds <= longest)) {
      throw invalid(
        "lifetime",
        `The access token lifetime ${lifetime} must be greater than 0 and cannot exceed ${longest} seconds.`,
      );
    }
    const token = options.tokens.issue(
      { member: `serviceAccount:${account.email}`, email: account.email },
      seconds,
      scopes,
    );
    return {
      accessToken: token.value,
      expireTime: new Date(token.expiresAt).toISOString().replace(/\.\d+Z$/, "Z"),
    };
  };
  return {
    name: "iamcredentials",
    host: "iamcredentials.googleapis.com",
    document: "iamcredentials-v1",
    methods: [
      {
        action: "serviceAccounts.generateAccessToken",
        id: "iamcredentials.projects.serviceAccounts.generateAccessToken",
        verb: "POST",
        path: "v1/projects/{project}/serviceAccounts/{account}:generateAccessToken",
        permission,
        handle: generateAccessToken,
      },
    ],
  };
}
