import { consoleDomain } from "../ecs/deploy/console.ts";

/** Page of a deployment in the AWS console. */
export function codeDeployConsoleUrl(deployment: string, region: string): string {
  return `https://${region}.console.${consoleDomain(region)}/codesuite/codedeploy/deployments/${deployment}?region=${region}`;
}
