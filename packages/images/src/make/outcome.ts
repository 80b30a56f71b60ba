import type { ShipError } from "#ship/kit";
import type { BuiltImage } from "../engine/built-image.ts";
import type { StoredImageFacts } from "../registry/read-image.ts";
import type { ScanOutcome } from "../scan/scan-image.ts";
import type { PlannedImage } from "../tags/plan.ts";

/** One phase with its time in milliseconds. */
export interface Phase {
  readonly name: string;
  readonly took: number;
}

/** How an image came about, or why it did not. */
export interface ImageOutcome {
  readonly result: "pushed" | "built" | "promoted" | "unchanged" | "planned" | "failed" | "cancelled";
  readonly images: readonly PlannedImage[];
  /** By repository name, the digest that its registry stores, read back. Registries may compress differently. */
  readonly digests: ReadonlyMap<string, string>;
  /** `os/architecture[/variant]`; empty where nobody said. */
  readonly platforms: readonly string[];
  readonly built: BuiltImage | undefined;
  /** What the registry tells where no engine did. */
  readonly stored: StoredImageFacts | undefined;
  readonly scan: ScanOutcome | undefined;
  readonly phases: readonly Phase[];
  readonly failure: ShipError | undefined;
}

/** What a dry run answers: the images that would be made. */
export function plannedImage(
  images: readonly PlannedImage[],
  platforms: readonly string[] = [],
): ImageOutcome {
  return {
    result: "planned",
    images,
    digests: new Map(),
    platforms,
    built: undefined,
    stored: undefined,
    scan: undefined,
    phases: [],
    failure: undefined,
  };
}
