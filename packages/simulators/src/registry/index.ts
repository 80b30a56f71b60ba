export type { AccessOptions } from "./access.ts";
export { type BlobStore, folderBlobStore, memoryBlobStore } from "./blob-store.ts";
export { digestOf } from "./digest.ts";
export { mediaTypes } from "./manifest.ts";
export * from "./registry.ts";
export type { RegistryFault, RegistryFaultKind, RegistryFaults } from "./registry-faults.ts";
export type { Repositories, Repository, RepositoryPolicy, StoredManifest } from "./repositories.ts";
