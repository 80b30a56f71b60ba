import type { RepositoryFacts, TagSource } from "#ship/images";
import type { Environment, Exec } from "#ship/kit";
import { type EventPayload, payloadOf, readEventPayload } from "./event-payload.ts";
import { readRemoteTags } from "./git-tags.ts";
import { createLocalGit, readDate } from "./local-git.ts";
import { createRestClient, type RestOptions } from "./rest.ts";
import { factsOf } from "./run-facts.ts";

/** What a source of tag facts works with. */
export interface TagSourceOptions extends Pick<RestOptions, "fetch" | "clock" | "token"> {
  readonly environment: Environment;
  readonly exec: Exec;
}

/** GitHub answers this where it cannot tell the licence (REST docs, "Licenses"). */
const noLicence = "NOASSERTION";

/** Tells tags what the event, the API and the checkout know, in this order; nothing is read before it is asked for. */
export function createTagSource({ environment, exec, ...connection }: TagSourceOptions): TagSource {
  const { github } = environment;
  const payload = readEventPayload(github.eventPath);
  const facts = factsOf(github, payload);
  const rest = createRestClient({ ...connection, apiUrl: github.apiUrl.replace(/\/+$/, "") });
  const local = createLocalGit(exec, environment);
  const { repository, sha } = facts;
  const read = (path: string, signal: AbortSignal) =>
    repository === ""
      ? ({ kind: "refused", status: 0, reason: "GITHUB_REPOSITORY is not set" } as const)
      : rest.read(`repos/${repository}${path}`, signal);

  return {
    facts,
    async versions(signal) {
      const remote =
        repository === ""
          ? { unreadable: "GITHUB_REPOSITORY is not set" }
          : await readRemoteTags(rest, repository, signal);
      if ("names" in remote) return remote;
      const checkout = await local.tags(signal);
      if ("names" in checkout) return checkout;
      return { unreadable: `${remote.unreadable}, and ${checkout.unreadable}` };
    },
    async repository(signal) {
      const known = repositoryFacts(payload, "repository");
      if (isWhole(payload)) return known;
      const answer = await read("", signal);
      return answer.kind === "refused" ? known : { ...repositoryFacts(payloadOf(answer.document)), ...known };
    },
    async commitDate(signal) {
      const pushed = readDate(pushedAt(payload, sha));
      if (pushed) return pushed;
      const answer = await read(`/commits/${sha}`, signal);
      const told =
        answer.kind === "document"
          ? payloadOf(answer.document).text("commit", "committer", "date")
          : undefined;
      return readDate(told) ?? (await local.commitDate(sha, signal));
    },
  };
}

/** Whether the payload names all that labels and rules ask for; `null` is an answer too. */
function isWhole(payload: EventPayload): boolean {
  return ["default_branch", "description", "license"].every(
    (key) => payload.at("repository", key) !== undefined,
  );
}

function repositoryFacts(payload: EventPayload, ...below: readonly string[]): RepositoryFacts {
  const defaultBranch = payload.text(...below, "default_branch");
  const description = payload.text(...below, "description");
  const license = payload.text(...below, "license", "spdx_id");
  const page = payload.text(...below, "html_url");
  return {
    ...(defaultBranch && { defaultBranch }),
    ...(description && { description }),
    ...(license && license !== noLicence && { license }),
    ...(page && { page }),
  };
}

/** The time that a push names for its commit. */
function pushedAt(payload: EventPayload, sha: string): string | undefined {
  const commits = payload.at("commits");
  const listed = Array.isArray(commits) ? commits : [];
  return [...listed, payload.at("head_commit")]
    .map(payloadOf)
    .find((commit) => commit.text("id") === sha)
    ?.text("timestamp");
}
