/**
 * Releasing: a commit whose tree is exactly the `dist` of a source commit, on the branch `releases/v<major>`.
 *
 * The order is the safety: the exact tag first, then the release is drafted and published, and only then does the moving
 * tag `v<major>`, which consumers use, follow. Every act is repeatable, so a run that died is simply run again.
 */
import { type Git, remoteRef } from "./git.ts";
import { isNewer, parseVersion, type Version } from "./version.ts";

/** Where releases are announced. Both acts are idempotent: done twice they leave what once would. */
export interface Announcements {
  /** Makes a draft release for an existing tag. */
  draft(tag: string, notes: string): Promise<void>;
  publish(tag: string): Promise<void>;
}

export interface ReleaseOptions {
  readonly git: Git;
  /** Name or address of the remote repository. */
  readonly remote: string;
  readonly version: string;
  /** The version in package.json, which must agree. */
  readonly declaredVersion: string;
  readonly announcements: Announcements;
  readonly mode: "release" | "dry-run";
  readonly report: (line: string) => void;
}

/** Answers the commit that was, or in a dry run would be, released. Fails before any change when something does not fit. */
export async function release(options: ReleaseOptions): Promise<string> {
  const { git, remote, announcements, report } = options;
  const version = parseVersion(options.version);
  if (options.version !== options.declaredVersion) {
    throw new Error(
      `The version to release is ${options.version}, but package.json says ${options.declaredVersion}. Change one of them.`,
    );
  }
  const tag = `v${options.version}`;
  const branch = `releases/v${version.major}`;
  const moving = `v${version.major}`;
  const source = git(["rev-parse", "HEAD"]);
  const tree = distTree(git);
  refuseOlder(git, remote, version);

  const commit =
    releasedCommit(git, remote, tag, tree) ?? makeCommit(git, remote, { branch, tag, source, tree });
  const notes = `Built from ${source}. The tree of this tag is that commit's \`dist\`: \`git rev-parse ${tag}^{tree} ${source}:dist\`.`;
  const acts: readonly (readonly [string, () => unknown])[] = [
    [
      `push ${commit} as ${branch} and ${tag}`,
      () =>
        git([
          "push",
          "--quiet",
          "--atomic",
          remote,
          `${commit}:refs/heads/${branch}`,
          `${commit}:refs/tags/${tag}`,
        ]),
    ],
    [`draft the release ${tag}`, () => announcements.draft(tag, notes)],
    [`publish the release ${tag}`, () => announcements.publish(tag)],
    // One forced push: deleting the tag first would leave a moment without it.
    [
      `move ${moving} to ${commit}`,
      () => git(["push", "--quiet", "--force", remote, `${commit}:refs/tags/${moving}`]),
    ],
  ];
  for (const [what, act] of acts) {
    report(options.mode === "dry-run" ? `would ${what}` : what);
    if (options.mode === "release") await act();
  }
  return commit;
}

function distTree(git: Git): string {
  if (git(["status", "--porcelain", "--", "dist"]) !== "") {
    throw new Error("dist/ differs from the last commit. Build, commit, and release that commit.");
  }
  try {
    return git(["rev-parse", "--verify", "--quiet", "HEAD:dist"]);
  } catch {
    throw new Error("The commit to release holds no dist/. Run `npm run build` and commit the result.");
  }
}

function refuseOlder(git: Git, remote: string, version: Version): void {
  const newer = git(["ls-remote", "--tags", remote, `refs/tags/v${version.major}.*`])
    .split("\n")
    .map((line) => /refs\/tags\/v(\d+\.\d+\.\d+)$/.exec(line)?.[1])
    .find((released) => released !== undefined && isNewer(parseVersion(released), version));
  if (newer) {
    throw new Error(
      `v${newer} is released already, and v${version.major} must not move back. Choose a higher version.`,
    );
  }
}

/** The commit of a release that was begun before. A tag with another tree is never touched: releases are immutable. */
function releasedCommit(git: Git, remote: string, tag: string, tree: string): string | undefined {
  const commit = remoteRef(git, remote, `refs/tags/${tag}`);
  if (commit === undefined) return undefined;
  git(["fetch", "--quiet", "--no-tags", remote, `refs/tags/${tag}`]);
  const released = git(["rev-parse", `${commit}^{tree}`]);
  if (released !== tree) {
    throw new Error(
      `${tag} exists with the tree ${released}, but this commit's dist is ${tree}. Choose a new version.`,
    );
  }
  return commit;
}

function makeCommit(
  git: Git,
  remote: string,
  made: { readonly branch: string; readonly tag: string; readonly source: string; readonly tree: string },
): string {
  const parent = remoteRef(git, remote, `refs/heads/${made.branch}`);
  if (parent) git(["fetch", "--quiet", "--no-tags", remote, `refs/heads/${made.branch}`]);
  // With the source's own date the same release is the same commit, whoever makes it and when.
  const date = git(["show", "--no-patch", "--format=%cI", made.source]);
  const author = { NAME: "ship", EMAIL: "ship@users.noreply.github.com", DATE: date };
  const identity = ["AUTHOR", "COMMITTER"].flatMap((role) =>
    Object.entries(author).map(([field, value]) => [`GIT_${role}_${field}`, value] as const),
  );
  return git(
    [
      "commit-tree",
      made.tree,
      ...(parent ? ["-p", parent] : []),
      "-m",
      `Release ${made.tag}`,
      "-m",
      `Built from ${made.source}.`,
    ],
    Object.fromEntries(identity),
  );
}
