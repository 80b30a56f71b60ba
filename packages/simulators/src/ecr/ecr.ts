import type { Clock } from "#ship/kit";
import { type BlobStore, type Registry, startRegistry } from "../registry/index.ts";
import { repositoryNamePattern } from "../registry/repositories.ts";
import { type JsonObject, ServiceFault, type SimulatedService } from "../service.ts";
import { createEcrPublic } from "./ecr-public.ts";
import {
  describeRepository,
  type EcrAccount,
  type EcrRepository,
  requireRepository,
  type TagMutability,
  unknownRepositoryMessage,
} from "./ecr-repository.ts";
import { imageHandlers } from "./images.ts";
import { page, read } from "./input.ts";
import { createRegistryPasswords } from "./passwords.ts";

/** Amazon ECR: the control API, and the registry that clients push to. */
export interface EcrSimulator extends SimulatedService {
  readonly registry: Registry;
  /** Logins of the public gallery, a service of its own. */
  readonly gallery: SimulatedService;
  readonly repositories: ReadonlyMap<string, EcrRepository>;
  createRepository(name: string, tagMutability?: TagMutability): EcrRepository;
  close(): Promise<void>;
}

/** Starts the service together with its registry. Images are kept in memory unless `blobs` is given. */
export async function startEcr(options: {
  readonly clock: Clock;
  readonly accountId: string;
  readonly region: string;
  readonly blobs?: BlobStore;
  readonly registryPort?: number;
}): Promise<EcrSimulator> {
  const { clock } = options;
  const passwords = createRegistryPasswords(clock);
  const repositories = new Map<string, EcrRepository>();
  const account: EcrAccount = {
    accountId: options.accountId,
    region: options.region,
    registryHost: () => registry.host,
    repositories,
  };
  const registry = await startRegistry({
    clock,
    access: { kind: "basic", verify: passwords.verify },
    policy: {
      exists: (name) => repositories.has(name),
      unknownMessage: (name) => unknownRepositoryMessage(account, name),
      immutable: (name) => repositories.get(name)?.tagMutability === "IMMUTABLE",
    },
    ...(options.blobs ? { blobs: options.blobs } : {}),
    ...(options.registryPort === undefined ? {} : { port: options.registryPort }),
  });

  const createRepository = (name: string, tagMutability: TagMutability = "MUTABLE"): EcrRepository => {
    const repository = { name, tagMutability, createdAt: new Date(clock.now()) };
    repositories.set(name, repository);
    return repository;
  };

  return {
    name: "ecr",
    protocols: [{ kind: "json", targetPrefix: "AmazonEC2ContainerRegistry_V20150921", version: "1.1" }],
    handlers: {
      CreateRepository(input: JsonObject): JsonObject {
        const name = repositoryName(input);
        const tagMutability = mutability(input);
        if (repositories.has(name)) {
          throw new ServiceFault(
            "RepositoryAlreadyExistsException",
            `The repository with name '${name}' already exists in the registry with id '${account.accountId}'`,
          );
        }
        return { repository: describeRepository(account, createRepository(name, tagMutability)) };
      },
      DescribeRepositories(input: JsonObject): JsonObject {
        const names = read.texts(input, "repositoryNames");
        const wanted =
          names.length > 0
            ? names.map((name) => requireRepository(account, name))
            : [...repositories.values()];
        const { items, nextToken } = page(input, wanted);
        return { repositories: items.map((item) => describeRepository(account, item)), nextToken };
      },
      GetAuthorizationToken(input: JsonObject): JsonObject {
        const asked = read.texts(input, "registryIds");
        const { password, expiresAt } = passwords.issue();
        // One token opens every registry that the caller may use; there is one entry for each that was named.
        return {
          authorizationData: (asked.length > 0 ? asked : [account.accountId]).map((id) => ({
            authorizationToken: Buffer.from(`AWS:${password}`).toString("base64"),
            expiresAt: new Date(expiresAt),
            proxyEndpoint:
              id === account.accountId
                ? registry.url
                : `https://${id}.dkr.ecr.${account.region}.amazonaws.com`,
          })),
        };
      },
      ...imageHandlers(account, () => registry.repositories),
    },
    registry,
    gallery: createEcrPublic(passwords),
    repositories,
    createRepository,
    close: registry.close,
  };
}

function repositoryName(input: JsonObject): string {
  const name = read.requiredText(input, "repositoryName");
  if (repositoryNamePattern.test(name) && name.length >= 2 && name.length <= 256) return name;
  throw new ServiceFault(
    "InvalidParameterException",
    `Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '${repositoryNamePattern.source}''`,
  );
}

function mutability(input: JsonObject): TagMutability {
  const value = read.text(input, "imageTagMutability") ?? "MUTABLE";
  if (value === "MUTABLE" || value === "IMMUTABLE") return value;
  throw new ServiceFault(
    "InvalidParameterException",
    `Invalid parameter at 'imageTagMutability' failed to satisfy constraint: '${value}' is not simulated; use MUTABLE or IMMUTABLE`,
  );
}
