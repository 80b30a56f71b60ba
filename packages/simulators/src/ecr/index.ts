export * from "./ecr.ts";
export type { EcrRepository, TagMutability } from "./ecr-repository.ts";
