import { clean, explain, major, minor, patch } from "@renovatebot/pep440";
import parseSemver from "semver/functions/parse.js";
import { type ReadRelease, type Release, readPep440Release, readRelease } from "./releases.ts";
import type { VersionExpression } from "./template.ts";

/** A version that a rule read, with what its pattern may say of it. */
export interface ReadVersion {
  readonly parts: Readonly<Record<VersionExpression, string>>;
  readonly release: Release;
  /** Post releases of PEP 440 move no floating tag either, as in metadata-action. */
  readonly stage: "final" | "prerelease" | "post";
}

/** A way to write versions. */
export interface Scheme {
  readonly name: string;
  read(text: string): ReadVersion | undefined;
  /** Reads the versions to compare with, less strictly: `v2.0` is newer than `v1.9.9`, valid or not. */
  readonly readOther: ReadRelease;
}

export const schemes: Readonly<Record<"semver" | "pep440", Scheme>> = {
  semver: {
    name: "semantic version (semver.org)",
    read(text) {
      const version = parseSemver(text);
      if (version === null) return undefined;
      const { raw, major, minor, patch } = version;
      const stage = version.prerelease.length > 0 ? "prerelease" : "final";
      return {
        parts: { raw, version: version.version, major: `${major}`, minor: `${minor}`, patch: `${patch}` },
        release: { epoch: 0, numbers: [major, minor, patch], stage, shape: "version" },
        stage,
      };
    },
    readOther: readRelease,
  },
  pep440: {
    name: "version by PEP 440",
    read(text) {
      const version = explain(text);
      const release = readPep440Release(text);
      if (version === null || release === undefined) return undefined;
      return {
        parts: {
          raw: text,
          // The library joins the parts of a local version with commas.
          version: (clean(text) ?? text).replaceAll(",", "."),
          major: `${major(text)}`,
          minor: `${minor(text)}`,
          patch: `${patch(text)}`,
        },
        release,
        stage: version.is_postrelease && release.stage === "final" ? "post" : release.stage,
      };
    },
    readOther: readPep440Release,
  },
};
