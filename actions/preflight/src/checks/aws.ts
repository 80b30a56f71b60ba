import type { AwsSession } from "#ship/aws";
import type { Run } from "#ship/kit";
import type { PreflightInputs } from "../inputs.ts";
import { type Check, type Finding, ok, problem } from "./check.ts";

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
  return {
    identity: async () => checkIdentity(await session(), inputs, run),
    ...(inputs.cluster && {
      services: async () => checkServices(await session(), inputs.cluster ?? "", inputs.services ?? []),
    }),
    ...(inputs["listener-rule-arn"] && {
      "listener rule": async () => checkRule(await session(), inputs["listener-rule-arn"] ?? ""),
    }),
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
    const reason = error instanceof Error ? error.message : String(error);
    const policy =
      subject === undefined
        ? ""
        : ` The role's trust policy must accept the subject ${subject} with audience ${audience}.`;
    return [...said, problem("identity", `${reason}${policy}`)];
  }
}

async function idTokenSubject(run: Run): Promise<string | undefined> {
  if (!run.environment.oidcAvailable) return undefined;
  const token = await run.idToken(audience);
  run.redaction.add(token);
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
