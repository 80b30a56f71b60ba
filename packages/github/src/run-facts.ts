import type { RunFacts } from "#ship/images";
import type { Environment } from "#ship/kit";
import { type EventPayload, readEventPayload } from "./event-payload.ts";

/** What the event of this run says, from the GITHUB_* variables and the payload. */
export function readRunFacts(environment: Pick<Environment, "github">): RunFacts {
  return factsOf(environment.github, readEventPayload(environment.github.eventPath));
}

/** The same from a payload that is read already. */
export function factsOf(github: Environment["github"], payload: EventPayload): RunFacts {
  const common = {
    event: github.event,
    repository: github.repository,
    serverUrl: github.serverUrl,
    release: isPrerelease(github.event, payload) ? "prerelease" : "unmarked",
  } as const;
  if (github.event.startsWith("pull_request")) return { ...common, ...pullRequest(github, payload) };
  return {
    ...common,
    ref: github.ref || releasedRef(github.event, payload),
    sha: github.sha,
    origin: originOf(github, payload),
    baseRef: branchName(payload.text("base_ref") ?? payload.text("merge_group", "base_ref")),
    gaps: [],
  };
}

/**
 * The runner's ref and commit are those of a merge that GitHub makes up (`pull_request`) or of the base branch
 * (`pull_request_target`, and `closed` after the merge): GitHub Docs, "Events that trigger workflows".
 */
function pullRequest(github: Environment["github"], payload: EventPayload) {
  const number = payload.at("pull_request", "number") ?? payload.at("number");
  const head = payload.text("pull_request", "head", "sha");
  return {
    ref: typeof number === "number" ? `refs/pull/${number}/merge` : pullRef(github.ref),
    sha: head ?? github.sha,
    origin: "pull-request",
    baseRef: payload.text("pull_request", "base", "ref"),
    gaps: head
      ? []
      : [`The event does not name the head commit of the pull request; ${github.sha} is taken in its place.`],
  } as const;
}

/** The base branch is never the ref of a pull request. */
function pullRef(ref: string): string {
  return ref.startsWith("refs/pull/") ? ref : "";
}

/** A workflow that runs because one of a pull request ended usually works with what that one made. */
function originOf(github: Environment["github"], payload: EventPayload): RunFacts["origin"] {
  if (github.ref.startsWith("refs/pull/")) return "pull-request";
  if (github.event === "merge_group") return "merge-queue";
  const cause = github.event === "workflow_run" ? payload.text("workflow_run", "event") : undefined;
  return cause?.startsWith("pull_request") ? "pull-request" : "repository";
}

/** Releases made before their tag have no ref of their own. */
function releasedRef(event: string, payload: EventPayload): string {
  const tag = event === "release" ? payload.text("release", "tag_name") : undefined;
  return tag === undefined ? "" : `refs/tags/${tag}`;
}

function isPrerelease(event: string, payload: EventPayload): boolean {
  return event === "release" && payload.at("release", "prerelease") === true;
}

function branchName(ref: string | undefined): string | undefined {
  return ref?.replace(/^refs\/heads\//, "");
}
