/** Runs as GitHub starts them: variables and payloads in the shape of GitHub Docs, "Webhook events and payloads". */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The commit that a push, a tag or a schedule runs for. */
export const pushed = "860c1904a1ce19322e91ac35af1ab07466440c37";
/** The merge commit that GitHub makes up for a pull request. */
export const merged = "0d1a26e67d8f5eaf1f6ba5c57fc3c7d91ac0fd1c";
/** The head of a pull request. */
export const head = "90dd6032fac8bda1b6c4436a2e65de27961ed071";

/** The variables of a run. */
export type Variables = Readonly<Record<string, string>>;

const repository = {
  name: "Shop",
  full_name: "Octo/Shop",
  html_url: "https://github.com/Octo/Shop",
  default_branch: "main",
  description: "Sells things",
  license: { key: "mit", spdx_id: "MIT" },
};

const folder = mkdtempSync(join(tmpdir(), "events-"));
let count = 0;

/** Writes the payload where the runner would, and names it with the rest of the run. */
export function run(event: string, ref: string, sha: string, payload: object): Variables {
  count += 1;
  const file = join(folder, `${count}.json`);
  writeFileSync(file, JSON.stringify(payload));
  return {
    GITHUB_EVENT_NAME: event,
    GITHUB_REF: ref,
    GITHUB_SHA: sha,
    GITHUB_REPOSITORY: "Octo/Shop",
    GITHUB_EVENT_PATH: file,
  };
}

export const push = (branch: string, extra: object = {}) =>
  run("push", `refs/heads/${branch}`, pushed, { ref: `refs/heads/${branch}`, repository, ...extra });

export const tag = (name: string, extra: object = {}) =>
  run("push", `refs/tags/${name}`, pushed, { ref: `refs/tags/${name}`, repository, ...extra });

const pullRequestPayload = {
  number: 5,
  pull_request: {
    number: 5,
    head: { ref: "feature/x", sha: head },
    base: { ref: "main", sha: pushed },
  },
  repository,
};

export const pullRequest = () => run("pull_request", "refs/pull/5/merge", merged, pullRequestPayload);

export const pullRequestTarget = () =>
  run("pull_request_target", "refs/heads/main", pushed, pullRequestPayload);

/** A pull request that was merged: the runner names the base branch then. */
export const closedPullRequest = () =>
  run("pull_request", "refs/heads/main", merged, { action: "closed", ...pullRequestPayload });

/** The payload of a schedule has nothing but its cron line. */
export const schedule = () => run("schedule", "refs/heads/main", pushed, { schedule: "0 3 * * *" });

export const mergeGroup = () =>
  run("merge_group", "refs/heads/gh-readonly-queue/main/pr-5-860c190", head, {
    merge_group: { head_sha: head, base_ref: "refs/heads/main" },
    repository,
  });

export const dispatch = (ref: string) => run("workflow_dispatch", ref, pushed, { inputs: {}, repository });

export const release = (name: string, prerelease: boolean) =>
  run("release", `refs/tags/${name}`, pushed, {
    action: "published",
    release: { tag_name: name, prerelease, draft: false },
    repository,
  });

export const createTag = (name: string) =>
  run("create", `refs/tags/${name}`, pushed, {
    ref: name,
    ref_type: "tag",
    master_branch: "main",
    repository,
  });

export const createBranch = (name: string) =>
  run("create", `refs/heads/${name}`, pushed, {
    ref: name,
    ref_type: "branch",
    master_branch: "main",
    repository,
  });

export const workflowRun = (cause: string) =>
  run("workflow_run", "refs/heads/main", pushed, {
    workflow_run: { event: cause, head_branch: "feature/x", head_sha: head },
    repository,
  });
