import { type JsonObject, ServiceFault } from "../service.ts";

/** Whether tags of a repository may move. */
export type TagMutability = "MUTABLE" | "IMMUTABLE";

/** A repository as ECR's control API knows it; its content lies in the registry. */
export interface EcrRepository {
  readonly name: string;
  readonly tagMutability: TagMutability;
  readonly createdAt: Date;
}

/** The account's ECR: names, addresses and repositories. */
export interface EcrAccount {
  readonly accountId: string;
  readonly region: string;
  /** Host and port of the registry. */
  readonly registryHost: () => string;
  readonly repositories: Map<string, EcrRepository>;
}

/** What DescribeRepositories says of a repository. */
export function describeRepository(account: EcrAccount, repository: EcrRepository): JsonObject {
  return {
    repositoryArn: `arn:aws:ecr:${account.region}:${account.accountId}:repository/${repository.name}`,
    registryId: account.accountId,
    repositoryName: repository.name,
    repositoryUri: `${account.registryHost()}/${repository.name}`,
    createdAt: repository.createdAt,
    imageTagMutability: repository.tagMutability,
    imageScanningConfiguration: { scanOnPush: false },
    encryptionConfiguration: { encryptionType: "AES256" },
  };
}

/** ECR's sentence for a repository that is not there. */
export function unknownRepositoryMessage(account: EcrAccount, name: string): string {
  return `The repository with name '${name}' does not exist in the registry with id '${account.accountId}'`;
}

/** Throws `RepositoryNotFoundException` unless the repository exists. */
export function requireRepository(account: EcrAccount, name: string): EcrRepository {
  const found = account.repositories.get(name);
  if (found) return found;
  throw new ServiceFault("RepositoryNotFoundException", unknownRepositoryMessage(account, name));
}
