/** Page of a deployment in the AWS console; China and GovCloud have domains of their own. */
export function codeDeployConsoleUrl(deployment: string, region: string): string {
  return `https://${region}.console.${domainOf(region)}/codesuite/codedeploy/deployments/${deployment}?region=${region}`;
}

function domainOf(region: string): string {
  if (region.startsWith("cn-")) return "amazonaws.cn";
  return region.startsWith("us-gov-") ? "amazonaws-us-gov.com" : "aws.amazon.com";
}
