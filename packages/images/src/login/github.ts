import type { LoginSource } from "./resolve.ts";
import { isGitHubRegistry } from "./token-user.ts";

/** GitHub's container registry by the job's own token; it serves nothing without one. */
export function gitHubLogins(actor: string, token: string | undefined): LoginSource {
  return {
    name: "github.token",
    rank: "after-job",
    serves: (registry) => token !== undefined && isGitHubRegistry(registry),
    login: async (registry) => ({ registry, username: actor, password: token ?? "" }),
  };
}
