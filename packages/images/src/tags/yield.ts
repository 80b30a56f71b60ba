import type { Piece } from "./compose.ts";
import type { Lineage, Release } from "./releases.ts";

/** What a rule makes of a run, before prefix and suffix. */
export type Yield = DerivedTag | { readonly kind: "nothing"; readonly reason: string };

/** The middle of a tag, and what may come with it. */
export interface DerivedTag {
  readonly kind: "tag";
  readonly pieces: readonly Piece[];
  /** True when the rule says the tag word for word; such a `latest` is a wish. */
  readonly literal: boolean;
  /** The final version that the tag is made of. */
  readonly lineage?: Lineage;
  /** Present when other releases get the same tag; tells which. Only the newest of them may have it. */
  readonly floatsOn?: (release: Release) => boolean;
}

/** A rule that makes no tag in this run, with a reason that finishes "…, because". */
export function nothing(reason: string): Yield {
  return { kind: "nothing", reason };
}
