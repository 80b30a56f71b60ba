import type { Labels } from "./labels.ts";

/** What an engine is to build. Paths are absolute. */
export interface BuildPlan {
  readonly context: string;
  readonly file: string | undefined;
  readonly target: string | undefined;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly labels: Labels;
  readonly pull: "always" | "missing";
  readonly cache: "use" | "ignore";
  /** Full references the image gets. */
  readonly references: readonly string[];
}

/** An image in the engine's own store. */
export interface BuiltImage {
  /** Config digest, `sha256:…`. */
  readonly id: string;
  readonly sizeBytes: number;
}

/** A program that builds and pushes images. Cancelling ends its whole process tree. */
export interface ImageEngine {
  readonly name: string;
  /** @throws ShipError `ENGINE_UNAVAILABLE` or `TOOL_MISSING` saying why nothing answers */
  verify(signal: AbortSignal): Promise<void>;
  /** @throws ShipError `BUILD_FAILED` with the failing instruction and its last lines */
  build(plan: BuildPlan, signal: AbortSignal): Promise<BuiltImage>;
  /** @throws ShipError `PUSH_FAILED` in the registry's words */
  push(reference: string, signal: AbortSignal): Promise<void>;
  /** Digest that the last push of this reference reported; `undefined` when the engine does not say. */
  pushedDigest(reference: string, signal: AbortSignal): Promise<string | undefined>;
}
