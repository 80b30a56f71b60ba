import type { Clock, Log } from "#ship/kit";
import type { BuiltImage } from "../engine/built-image.ts";
import type { ImageEngine } from "../engine/port.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { Scanner } from "../scan/scanner.ts";

/** The cache of a build. What goes wrong with it is a note, never a failure. */
export interface BuildCache {
  /** Fetches what there is, and answers what the engine is to read and write. */
  open(engine: ImageEngine): Promise<{ readonly from: readonly string[]; readonly to: readonly string[] }>;
  /** Keeps what the build wrote. */
  keep(built: BuiltImage): Promise<void>;
  /** Told what was pushed, by repository name: a cache may lie in the image itself. */
  published(digests: ReadonlyMap<string, string>): Promise<void>;
  /** Removes what only this run needed. */
  close(): Promise<void>;
}

/** What an image is made with. Engine and scanner are looked for only when something has to be built. */
export interface BuildContext {
  engine(): Promise<ImageEngine>;
  readonly scanner: Scanner | undefined;
  readonly cache: BuildCache;
  readonly registry: RegistryClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}
