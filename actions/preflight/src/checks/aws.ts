import type { AwsSession } from "#ship/aws";
import { type Run, toShipError } from "#ship/kit";
import type { PreflightInputs } from "../inputs.ts";
import { type Check, type Finding, note, ok, problem } from "./check.ts";

const audience = "sts.amazonaws.com";

/** The checks that the inputs about AWS ask for; none when there are none. */
export function awsChecks(inputs: PreflightInputs, run: Run): Readonly<Record<string, Check>> {
  const wanted = inputs["role-to-assume"] ?? inputs.cluster ?? inputs["listener-rule-arn"];
  if (wanted === undefined) return {};
  let opened: Promise<AwsSession> | undefined;
  const session = () => {
    opened ??= open(inputs, run);
    return opened;
  };
  const identity = session().then((opened) => checkIdentity(opened, inputs, run));
  // One reason is enough: without an identity every other call fails as well, in other words.
  const asSomebody =
    (name: string, check: (session: AwsSession) => Promise<readonly Finding[]>) => async () => {
      const isProven = await identity
        .then((found) => found.every(({ verdict }) => verdict === "ok"))
        .catch(() => false);
      return isProven ? check(await session()) : [note(name, "not looked at, for want of an identity")];
    };
  const { cluster, services, "listener-rule-arn": rule } = inputs;
  return {
    identity: () => identity,
    ...(cluster && {
      services: asSomebody("service", (opened) => checkServices(opened, cluster, services ?? [])),
    }),
    ...(rule && { "listener rule": asSomebody("listener rule", (opened) => checkRule(opened, rule)) }),
  };
}

async function open(inputs: PreflightInputs, run: Run): Promise<AwsSession> {
  const { openSession } = await import("#ship/aws");
  return openSession({ region: inputs["aws-region"], roleToAssume: inputs["role-to-assume"] }, run);
}

async function checkIdentity(
  session: AwsSession,
  inputs: PreflightInputs,
  run: Run,
): Promise<readonly Finding[]> {
  const subject = inputs["role-to-assume"] === undefined ? undefined : await idTokenSubject(run);
  const said = subject === undefined ? [] : [ok("OIDC", `the job's subject is ${subject}`)];
  const { callerIdentity } = await import("#ship/aws");
  try {
    const { arn } = await callerIdentity(session);
    return [...said, ok("identity", `acting as ${arn}`)];
  } catch (error) {
    const failure = toShipError(error);
    if (failure.kind === "cancelled") throw failure;
    const { message, hint } = failure;
    const policy =
      subject === undefined
        ? ` — ${hint}`
        : ` The role's trust policy must accept the subject ${subject} with audience ${audience}.`;
    return [...said, problem("identity", `${message}${policy}`)];
  }
}

async function idTokenSubject(run: Run): Promise<string | undefined> {
  if (!run.environment.oidcAvailable) return undefined;
  const token = await run.idToken(audience);
  const { readClaims } = await import("#ship/github");
  return readClaims(token)?.subject;
}

async function checkServices(
  session: AwsSession,
  cluster: string,
  services: readonly string[],
): Promise<readonly Finding[]> {
  const { findServices } = await import("#ship/aws");
  const found = await findServices(cluster, services, session);
  return found.map((service) =>
    service.status === "ACTIVE"
      ? ok("service", `${service.name} in ${cluster} runs ${service.running} of ${service.desired} tasks`)
      : problem(
          "service",
          `${service.name} in ${cluster} is ${service.status}: check the names and the region ${session.region}`,
        ),
  );
}

async function checkRule(session: AwsSession, ruleArn: string): Promise<readonly Finding[]> {
  const { ruleTargetGroups } = await import("#ship/aws");
  const groups = await ruleTargetGroups(ruleArn, session);
  return groups.length === 2
    ? [ok("listener rule", "forwards to two target groups")]
    : [
        problem(
          "listener rule",
          `forwards to ${groups.length} target groups; a canary needs exactly two, with weights`,
        ),
      ];
}
