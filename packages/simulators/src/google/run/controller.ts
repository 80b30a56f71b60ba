import type { RpcStatus } from "../status.ts";
import { rpcStatus } from "../status.ts";
import { type RunContext, touch } from "./context.ts";
import type { DataPlane } from "./data-plane.ts";
import { logUriOf, notListening, notReady, StartFailure } from "./failures.ts";
import type { Instances } from "./instances.ts";
import type { Condition, Revision, Service } from "./model.ts";
import { resolveRoutes } from "./routes.ts";
import { ingressPort } from "./template.ts";

/** Whether a change asked for a revision, or only for other traffic or settings. */
export type Scope = "template" | "traffic";

/** Brings services to their desired state. */
export interface Controller {
  /**
   * Works on the newest generation of a service. Resolves when its operation ends, with the error if it failed;
   * what is reported and what serves follow a while later. An operation that a later change overtook ends with that one.
   */
  settle(service: Service, scope: Scope): Promise<RpcStatus | undefined>;
}

export function createController(context: RunContext, instances: Instances, plane: DataPlane): Controller {
  const { clock, pace, closing } = context;

  const startRevision = async (service: Service, revision: Revision) => {
    await clock.sleep(pace.provisioning, closing);
    try {
      await instances.ensure(service, revision);
      revision.state = { is: "ready" };
    } catch (error) {
      if (closing.aborted) throw error;
      const { failure } =
        error instanceof StartFailure ? error : notListening(ingressPort(revision.template));
      revision.state = { is: "failed", ...failure };
    }
    revision.updatedAt = clock.now();
    const ready = service.revisions.get(service.latestReady ?? "");
    if (revision.state.is === "ready" && (ready === undefined || ready.generation < revision.generation)) {
      service.latestReady = revision.id;
    }
    touch(context, service);
  };

  const starts = new Map<Revision, Promise<void>>();
  const started = (service: Service, revision: Revision): Promise<void> => {
    const known = starts.get(revision) ?? startRevision(service, revision);
    starts.set(revision, known);
    return known;
  };

  /** Lets what is reported, then what serves, follow a routing, unless a later change has overtaken it. */
  const converge = async (service: Service, generation: number) => {
    const overtaken = () => service.generation !== generation || service.deleted;
    const routes = resolveRoutes(context, service);
    await clock.sleep(pace.convergence, closing);
    if (overtaken() || !routes.can) return;
    service.reported = routes.targets;
    service.reconciling = false;
    const named = new Set(routes.targets.map(({ serves }) => serves));
    for (const revision of service.revisions.values()) revision.active = named.has(revision.id);
    touch(context, service);
    await clock.sleep(pace.propagation, closing);
    if (overtaken()) return;
    service.serving = routes.targets;
    await plane.open(service);
    const idle = [...service.revisions.values()].filter(({ active }) => !active);
    await Promise.all(idle.map((revision) => instances.stop(revision)));
  };

  return {
    async settle(service, scope) {
      const { generation } = service;
      service.reconciling = true;
      service.conditions = conditions(clock.now(), "CONDITION_RECONCILING");
      touch(context, service);
      await plane.open(service);
      const created = service.revisions.get(service.latestCreated ?? "");
      if (created?.state.is === "starting") await started(service, created);
      await clock.sleep(pace.routing, closing);
      if (service.deleted) return rpcStatus("ABORTED", `Service '${service.id}' was deleted.`);

      const routes = resolveRoutes(context, service);
      const failure = scope === "template" && created?.state.is === "failed" ? created.state : undefined;
      const error =
        failure && created
          ? {
              code: failure.code,
              message: notReady(created.id, failure, logUriOf(context.project, service.id, created.id)),
            }
          : routes.can
            ? undefined
            : routes.error;
      if (service.generation !== generation) return error;
      service.observedGeneration = generation;
      service.conditions = error
        ? [
            failed(clock.now(), "Ready", error, "REVISION_FAILED"),
            failure
              ? {
                  ...failed(clock.now(), "ConfigurationsReady", error, failure.reason),
                  ...(failure.revisionReason ? { revisionReason: failure.revisionReason } : {}),
                }
              : succeeded(clock.now(), "ConfigurationsReady"),
            routes.can
              ? succeeded(clock.now(), "RoutesReady")
              : failed(clock.now(), "RoutesReady", routes.error, "REVISION_FAILED"),
          ]
        : conditions(clock.now(), "CONDITION_SUCCEEDED");
      // What cannot be served changes nothing that is served.
      if (!routes.can) service.reconciling = false;
      else void converge(service, generation).catch(() => undefined);
      touch(context, service);
      return error;
    },
  };
}

function conditions(at: number, state: Condition["state"]): readonly Condition[] {
  return ["Ready", "ConfigurationsReady", "RoutesReady"].map((type) => ({ type, state, at }));
}

function succeeded(at: number, type: string): Condition {
  return { type, state: "CONDITION_SUCCEEDED", at };
}

function failed(at: number, type: string, { message }: RpcStatus, reason: string | undefined): Condition {
  return { type, state: "CONDITION_FAILED", message, at, ...(reason === undefined ? {} : { reason }) };
}
