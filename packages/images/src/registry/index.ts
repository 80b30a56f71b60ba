export * from "./client.ts";
export type { Copied, ImageSource } from "./copy.ts";
export * from "./credentials.ts";
export type { ImageConfig } from "./image-config.ts";
export type { IndexPlan, StoredIndex } from "./index-manifest.ts";
export { isImage, type Manifest, mediaTypes } from "./manifest.ts";
export { nameOf } from "./manifests.ts";
export * from "./platform.ts";
