/** A private registry of Amazon ECR, as its host names it. */
export interface EcrRegistry {
  readonly accountId: string;
  readonly region: string;
}

/** Amazon ECR docs, "Private registry" and "Making requests using the dual-stack and FIPS endpoints"; the partitions of AWS. */
const privateHost =
  /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn|amazonaws\.eu|c2s\.ic\.gov|sc2s\.sgov\.gov)$/;

/** The one host of Amazon ECR Public. */
export const publicEcrHost = "public.ecr.aws";
/** Amazon ECR Public gives its tokens in this region alone (API reference: GetAuthorizationToken). */
export const publicEcrRegion = "us-east-1";

/** Account and region of a private ECR registry; `undefined` for any other host. */
export function ecrRegistry(host: string): EcrRegistry | undefined {
  const [, accountId, region] = privateHost.exec(host) ?? [];
  return accountId !== undefined && region !== undefined ? { accountId, region } : undefined;
}

/** The region of a private ECR registry; `undefined` for any other host. */
export function ecrRegion(host: string): string | undefined {
  return ecrRegistry(host)?.region;
}
