import type { SimulatedAws } from "../cloud.ts";
import type { Seed } from "../seed/index.ts";
import { doorsOf, type ListenerDoor } from "./listener-doors.ts";

/**
 * What is printed once the account stands: shell lines that point any AWS client, and jobs that ask for identity tokens, at
 * it; where its load balancers and its registry really answer; three commands to try.
 */
export async function firstLines(aws: SimulatedAws, seed: Seed): Promise<string[]> {
  const variables = { ...aws.environment(), ...aws.oidc.environment() };
  const doors = await doorsOf(aws);
  return [
    ...Object.entries(variables).map(([name, value]) => `export ${name}='${value}'`),
    "#",
    ...doors.map(({ balancer, port, url }) => `# Load balancer ${balancer}, listener ${port}: ${url}`),
    `# Registry: ${aws.ecr.registry.host} (user AWS, password from: aws ecr get-login-password)`,
    "#",
    "# With these variables set in another terminal, try:",
    ...thingsToTry(aws, seed, doors).map((command) => `#   ${command}`),
    "#",
    "# Calls follow as they come; lines with * tell what happens in the account. Ctrl-C ends the simulation.",
  ];
}

function thingsToTry(aws: SimulatedAws, seed: Seed, doors: readonly ListenerDoor[]): string[] {
  const [service] = seed.services;
  const found = [
    ...doors.slice(0, 1).map(({ url }) => `for i in $(seq 20); do curl -s ${url}/; done | sort | uniq -c`),
    ...doors.flatMap((door) => evenSplit(aws, door)).slice(0, 1),
    ...(service
      ? [
          `aws ecs update-service --cluster ${service.cluster} --service ${service.name} --force-new-deployment`,
          `aws ecs wait services-stable --cluster ${service.cluster} --services ${service.name}`,
        ]
      : []),
    "aws sts get-caller-identity",
    "aws ecs list-clusters",
    "aws ecr describe-repositories",
  ];
  return found.slice(0, 3);
}

/** The command that sends half of a rule's traffic to each of its two target groups. */
function evenSplit(aws: SimulatedAws, { listenerArn }: ListenerDoor): string[] {
  return aws.elbv2.rules(listenerArn).flatMap((rule) => {
    const groups = [...(aws.elbv2.ruleWeights(rule.arn)?.keys() ?? [])];
    if (groups.length !== 2 || rule.priority === "default") return [];
    const tuples = groups.map((arn) => `{TargetGroupArn=${arn},Weight=50}`).join(",");
    return [
      `aws elbv2 modify-rule --rule-arn ${rule.arn} --actions 'Type=forward,ForwardConfig={TargetGroups=[${tuples}]}'`,
    ];
  });
}
