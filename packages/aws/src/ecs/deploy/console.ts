/** Domain of the AWS console in the partition of a region. */
export function consoleDomain(region: string): string {
  if (region.startsWith("cn-")) return "amazonaws.cn";
  return region.startsWith("us-gov-") ? "amazonaws-us-gov.com" : "aws.amazon.com";
}
