import type { BuildPlan } from "../engine/build-plan.ts";
import type { IfExists } from "../existing.ts";
import type { ScanRequest } from "../scan/scan-image.ts";
import type { PlannedImage } from "../tags/plan.ts";

/** What is wanted of an image. */
export type ImageRequest = BuildRequest | PromoteRequest;

/** An image that is to be built. */
export interface BuildRequest {
  readonly kind: "build";
  readonly images: readonly PlannedImage[];
  /** The references and the caches are filled in from `images` and the cache. */
  readonly plan: Omit<BuildPlan, "references" | "cacheFrom" | "cacheTo">;
  /** `registry`: pushed and verified. `store`: kept by the engine. `export`: written to where `outputs` say. */
  readonly goal: "registry" | "store" | "export";
  readonly ifExists: IfExists;
  /** Attempts of a push in all, the first included. */
  readonly attempts: number;
  /** Command line to run in the image before anything is pushed. */
  readonly test: readonly string[] | undefined;
  readonly scan: ScanRequest | undefined;
}

/** An image that is there already and is to get further tags. */
export interface PromoteRequest {
  readonly kind: "promote";
  readonly images: readonly PlannedImage[];
  /** `name@sha256:…` or `name:tag`. */
  readonly from: string;
  readonly ifExists: IfExists;
}
