import { explain as explainPep440 } from "@renovatebot/pep440";

/** A version as far as versions of one product can be compared. */
export interface Release {
  /** PEP 440's epoch comes before all numbers; zero where there is none. */
  readonly epoch: number;
  readonly numbers: readonly number[];
  readonly stage: "final" | "prerelease";
  /** One number without a `v`: a date or a count rather than a version, unless its like is compared with its like. */
  readonly shape: "version" | "plain number";
}

/** Reads the version of a git tag; `undefined` when it has none, or is of another product. */
export type ReadRelease = (gitTag: string) => Release | undefined;

/** A version, and how its kin are found among the git tags. */
export interface Lineage {
  readonly own: Release;
  readonly read: ReadRelease;
}

const numbered = /^([vV]?)(\d+(?:\.\d+)*)(?:\+[0-9A-Za-z.-]+)?$/;
const suffixed = /^([vV]?)(\d+(?:\.\d+)*)[-._+]?[A-Za-z0-9].*$/;

/**
 * Reads a version of one or more numbers. Anything after the numbers but build metadata makes it a prerelease:
 * what is not surely final must not move a floating tag.
 */
export function readRelease(text: string): Release | undefined {
  const final = numbered.exec(text);
  const [, v = "", digits = ""] = final ?? suffixed.exec(text) ?? [];
  if (digits === "") return undefined;
  return releaseOf(digits.split(".").map(Number), final ? "final" : "prerelease", v);
}

/** Reads a version of PEP 440; a post release counts with the release it mends. */
export function readPep440Release(text: string): Release | undefined {
  const version = explainPep440(text);
  if (version === null) return undefined;
  const stage = version.is_prerelease || version.is_devrelease ? "prerelease" : "final";
  const prefix = /^[vV]/.exec(text)?.[0] ?? "";
  return { ...releaseOf(version.release, stage, prefix), epoch: version.epoch };
}

function releaseOf(numbers: readonly number[], stage: Release["stage"], prefix: string): Release {
  const shape = numbers.length === 1 && prefix === "" ? "plain number" : "version";
  return { epoch: 0, numbers, stage, shape };
}

/**
 * The git tag of a final release that is newer than `own` by numeric comparison; `undefined` when `own` is the newest.
 * @param onLine which releases are on the same line
 */
export function newerRelease(
  { own, read }: Lineage,
  gitTags: readonly string[],
  onLine: (release: Release) => boolean,
): string | undefined {
  return gitTags.find((gitTag) => {
    const other = read(gitTag);
    if (other === undefined || other.stage !== "final" || other.shape !== own.shape) return false;
    return onLine(other) && compare(other, own) > 0;
  });
}

function compare(one: Release, other: Release): number {
  if (one.epoch !== other.epoch) return one.epoch - other.epoch;
  const length = Math.max(one.numbers.length, other.numbers.length);
  for (let at = 0; at < length; at += 1) {
    const difference = (one.numbers[at] ?? 0) - (other.numbers[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
