import type { Clock } from "#ship/kit";
import type { Caller } from "../front/identities.ts";
import type { OidcIssuer } from "../oidc/oidc-issuer.ts";
import { type JsonObject, type ServiceCall, ServiceFault, type SimulatedService } from "../service.ts";
import { durationSeconds, requiredText, sessionName, validationError } from "./parameters.ts";
import { matchesLike, type Role, type RoleOptions, role } from "./roles.ts";
import { identifier, type Session, type Sessions } from "./sessions.ts";
import { verifyWebIdentity } from "./web-identity.ts";

/** AWS Security Token Service: roles assumed by workflows and by each other. */
export interface StsSimulator extends SimulatedService {
  readonly roles: ReadonlyMap<string, Role>;
  readonly sessions: Sessions;
  /** Creates or replaces a role; answers its ARN. */
  putRole(options: RoleOptions): string;
}

/** Creates the service. `issuers` are the identity providers registered in the account. */
export function createSts(options: {
  readonly clock: Clock;
  readonly accountId: string;
  readonly issuers: readonly OidcIssuer[];
  readonly sessions: Sessions;
}): StsSimulator {
  const { clock, accountId, sessions } = options;
  const roles = new Map<string, Role>();
  const arnOf = (name: string) => `arn:aws:iam::${accountId}:role/${name}`;

  const assumeWithWebIdentity = async (input: JsonObject): Promise<JsonObject> => {
    const name = sessionName(input);
    const wanted = roleName(input);
    const identity = await verifyWebIdentity(requiredText(input, "WebIdentityToken"), options.issuers, clock);
    const assumed = roles.get(wanted);
    if (assumed && assumed.audience !== identity.audience) {
      throw new ServiceFault("InvalidIdentityToken", "Incorrect token audience");
    }
    if (!assumed?.subjects.some((pattern) => matchesLike(pattern, identity.subject))) {
      throw new ServiceFault("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403);
    }
    const seconds = durationSeconds(input, roleLimit(assumed));
    const session = sessions.open(assumedRole(accountId, wanted, name), seconds);
    return {
      ...describeSession(session),
      SubjectFromWebIdentityToken: identity.subject,
      Audience: identity.audience,
      Provider: `arn:aws:iam::${accountId}:oidc-provider/${identity.issuer.replace(/^https?:\/\//, "")}`,
    };
  };

  const assume = (input: JsonObject, call: ServiceCall): JsonObject => {
    const name = sessionName(input);
    const wanted = roleName(input);
    const assumed = roles.get(wanted);
    const caller = sessions.find(call.accessKeyId ?? "");
    const externalId = input["ExternalId"];
    if (!assumed || (assumed.externalId !== undefined && assumed.externalId !== externalId)) {
      const who = caller?.caller.arn ?? `arn:aws:iam::${accountId}:user/simulated`;
      throw new ServiceFault(
        "AccessDenied",
        `User: ${who} is not authorized to perform: sts:AssumeRole on resource: ${arnOf(wanted)}`,
        403,
      );
    }
    const seconds = durationSeconds(input, caller ? chainingLimit : roleLimit(assumed));
    return describeSession(sessions.open(assumedRole(accountId, wanted, name), seconds));
  };

  return {
    name: "sts",
    protocols: [
      {
        kind: "query",
        apiVersion: "2011-06-15",
        xmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/",
      },
    ],
    handlers: {
      AssumeRoleWithWebIdentity: assumeWithWebIdentity,
      AssumeRole: assume,
      GetCallerIdentity(_input, call) {
        const session = sessions.find(call.accessKeyId ?? "");
        const caller = session?.caller ?? sessions.identify(call.accessKeyId ?? "", undefined);
        return { UserId: caller.userId, Account: caller.accountId, Arn: caller.arn };
      },
    },
    roles,
    sessions,
    putRole(definition) {
      roles.set(definition.name, role(definition));
      return arnOf(definition.name);
    },
  };
}

const chainingLimit = {
  seconds: 3600,
  message:
    "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
};

function roleLimit(assumed: Role) {
  return {
    seconds: assumed.maxSessionSeconds,
    message: "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
  };
}

/** Reads RoleArn and answers the role's name, path included. */
function roleName(input: JsonObject): string {
  const arn = requiredText(input, "RoleArn");
  const name = /^arn:aws[\w-]*:iam::\d{12}:role\/(.+)$/.exec(arn)?.[1];
  if (name === undefined) throw validationError("RoleArn", arn, "Member must be the ARN of a role");
  return name;
}

function assumedRole(accountId: string, roleWithPath: string, session: string): Caller {
  const name = roleWithPath.split("/").pop() ?? roleWithPath;
  return {
    arn: `arn:aws:sts::${accountId}:assumed-role/${name}/${session}`,
    userId: `AROA${identifier(17)}:${session}`,
    accountId,
  };
}

function describeSession(session: Session): JsonObject {
  return {
    Credentials: {
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      SessionToken: session.sessionToken,
      Expiration: new Date(session.expiresAt),
    },
    AssumedRoleUser: { AssumedRoleId: session.caller.userId, Arn: session.caller.arn },
    PackedPolicySize: 0,
  };
}
