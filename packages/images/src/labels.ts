import type { GitHubRun } from "#ship/kit";

/** Image labels by key. */
export type Labels = Readonly<Record<string, string>>;

/**
 * The labels of the OCI image specification (annotations.md) that a run knows, and the user's own, which win.
 * @param created time of the build as RFC 3339
 */
export function ociLabels(github: GitHubRun, version: string, created: string, own: Labels): Labels {
  const page = github.repository === "" ? undefined : `${github.serverUrl}/${github.repository}`;
  return {
    ...(page && {
      "org.opencontainers.image.source": page,
      "org.opencontainers.image.url": page,
      "org.opencontainers.image.title": github.repository.split("/").at(-1) ?? "",
    }),
    ...(github.sha && { "org.opencontainers.image.revision": github.sha }),
    "org.opencontainers.image.version": version,
    "org.opencontainers.image.created": created,
    ...own,
  };
}
