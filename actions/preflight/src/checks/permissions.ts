import type { Run } from "#ship/kit";
import { type Check, note, ok, problem } from "./check.ts";

/** Checks `scope=access` permissions of the job's token. `id-token` shows in the environment; others by a harmless read. */
export function permissionsCheck(
  wanted: Readonly<Record<string, string>>,
  token: string | undefined,
  run: Run,
): Check {
  return async () => {
    const { checkPermission } = await import("#ship/github");
    const { github, oidcAvailable } = run.environment;
    return Promise.all(
      Object.entries(wanted).map(async ([scope, access]) => {
        const name = `${scope}: ${access}`;
        if (scope === "id-token") {
          return oidcAvailable
            ? ok("permission", `${name} is granted`)
            : problem(
                "permission",
                `${name} is missing: add it to the job, and to the job that calls the reusable workflow`,
              );
        }
        if (token === undefined) return note("permission", `${name} cannot be checked without github-token`);
        const found = await checkPermission(scope, access === "write" ? "write" : "read", {
          fetch: run.fetch,
          clock: run.clock,
          signal: run.signal,
          apiUrl: github.apiUrl,
          repository: github.repository,
          sha: github.sha,
          token,
        });
        if (found.granted === "no")
          return problem(
            "permission",
            `${name} is missing: ${found.detail}; add it to the job's permissions`,
          );
        return found.granted === "yes"
          ? ok("permission", `${name} is granted`)
          : note("permission", `${name}: ${found.detail}`);
      }),
    );
  };
}
