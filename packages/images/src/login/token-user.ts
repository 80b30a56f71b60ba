import { ShipError } from "#ship/kit";

const fixedUsers: readonly { readonly hosts: RegExp; readonly user: string }[] = [
  // Azure Container Registry docs, "az acr login with --expose-token".
  { hosts: /\.azurecr\.(?:io|cn|us)$/, user: "00000000-0000-0000-0000-000000000000" },
  // Artifact Registry docs, "Configure authentication: access token".
  { hosts: /(?:-docker\.pkg\.dev|(?:^|\.)gcr\.io)$/, user: "oauth2accesstoken" },
  // Amazon ECR docs, "Private registry authentication" and "Registry authentication (public)".
  { hosts: /^\d{12}\.dkr[.-]ecr|^public\.ecr\.aws$/, user: "AWS" },
];

/**
 * The user name that goes with a bare token.
 * @param actor the GitHub user that the run acts for
 * @throws ShipError `INPUT_INVALID` for a host whose user name cannot be told
 */
export function tokenUser(registry: string, actor: string): string {
  const fixed = fixedUsers.find(({ hosts }) => hosts.test(registry));
  if (fixed !== undefined) return fixed.user;
  if (isGitHubRegistry(registry)) return actor;
  throw new ShipError(
    "INPUT_INVALID",
    `registry-auth has a token for ${registry}, but no user name, and for this host none can be told.`,
    { hint: "Give `username` and `password` for this host." },
  );
}

/** True for GitHub's container registry, also that of an enterprise (`containers.<host>`, GitHub docs). */
export function isGitHubRegistry(registry: string): boolean {
  return registry === "ghcr.io" || /^containers\..+/.test(registry);
}
