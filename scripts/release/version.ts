/** Release versions: three numbers, nothing else. */

export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** Reads `1.4.0`. Fails on anything else, pre-releases and a leading `v` included. */
export function parseVersion(text: string): Version {
  const numbers = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/.exec(text);
  if (!numbers) throw new Error(`"${text}" is not a version to release: write three numbers such as 1.4.0.`);
  const [, major, minor, patch] = numbers;
  return { major: Number(major), minor: Number(minor), patch: Number(patch) };
}

/** Whether `a` is higher than `b`. */
export function isNewer(a: Version, b: Version): boolean {
  return (a.major - b.major || a.minor - b.minor || a.patch - b.patch) > 0;
}
