import { type RpcStatus, rpcStatus } from "../status.ts";
import type { RunContext } from "./context.ts";
import { logUriOf, notReady } from "./failures.ts";
import type { Service, ServingTarget } from "./model.ts";

/** Whether the desired traffic can be served, and if so by which revisions. */
export type Routes =
  | { readonly can: true; readonly targets: readonly ServingTarget[] }
  | { readonly can: false; readonly error: RpcStatus };

/**
 * Resolves a service's desired traffic. A revision that does not exist ends the operation with code 13, one that failed
 * with its own failure; LATEST is the latest one that is ready.
 */
export function resolveRoutes(context: RunContext, service: Service): Routes {
  const targets: ServingTarget[] = [];
  for (const target of service.traffic) {
    const id = "latest" in target.to ? service.latestReady : target.to.revision;
    const revision = id === undefined ? undefined : service.revisions.get(id);
    if (!revision) {
      const missing =
        "latest" in target.to
          ? "of type LATEST has no ready revision"
          : `'${target.to.revision}' does not exist`;
      return { can: false, error: rpcStatus("INTERNAL", `Revision ${missing}.`) };
    }
    if (revision.state.is === "failed") {
      const message = notReady(
        revision.id,
        revision.state,
        logUriOf(context.project, service.id, revision.id),
      );
      return { can: false, error: { code: revision.state.code, message } };
    }
    targets.push({ ...target, serves: revision.id });
  }
  return { can: true, targets };
}
