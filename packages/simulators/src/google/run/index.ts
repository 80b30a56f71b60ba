import type { GoogleApi } from "../api.ts";
import { serviceName } from "../names.ts";
import { GoogleFault } from "../status.ts";
import type { RunContext } from "./context.ts";
import { createController } from "./controller.ts";
import { createDataPlane } from "./data-plane.ts";
import { createInstances } from "./instances.ts";
import type { Service } from "./model.ts";
import { createOperations, type Operation } from "./operations.ts";
import { revisionMethods } from "./revisions.ts";
import { serviceMethods } from "./services.ts";

export type { RunLine, RunRequest } from "./context.ts";
export type { Revision, Service as RunService, ServingTarget, TrafficTarget } from "./model.ts";
export { type RunPace, realisticRunPace, runPaceOf } from "./pace.ts";

/** The simulated Cloud Run Admin API v2 with the services it runs. */
export interface SimulatedRun extends GoogleApi {
  /** A service's state, live. Throws a `GoogleFault` NOT_FOUND. */
  service(id: string, location?: string): Service;
  readonly operations: readonly Operation[];
  /** Where a service, or one of its tags, answers: `http://127.0.0.1:port`. Throws when it has no such address yet. */
  url(id: string, tag?: string): string;
  close(): Promise<void>;
}

/** Creates the simulated API. `region` is where services are looked for unless told. */
export function createRun(
  context: RunContext,
  region: string,
  deniedPermissions: ReadonlySet<string>,
): SimulatedRun {
  const instances = createInstances(context);
  const plane = createDataPlane(context, instances);
  const operations = createOperations(context.clock, context.closing);
  const controller = createController(context, instances, plane);
  const parts = { context, plane, instances, controller, operations, deniedPermissions };

  const service = (id: string, location = region): Service => {
    const found = context.services.get(serviceName(context.project.id, location, id));
    if (found) return found;
    throw new GoogleFault("NOT_FOUND", `There is no service '${id}' in ${location}.`);
  };
  return {
    name: "run",
    host: "run.googleapis.com",
    document: "run-v2",
    methods: [...serviceMethods(parts), ...revisionMethods(parts), ...operations.methods],
    service,
    get operations() {
      return operations.all;
    },
    url(id, tag) {
      const url = plane.url(service(id), tag);
      if (url !== undefined) return url;
      throw new Error(`Service '${id}' has no ${tag === undefined ? "address" : `tag '${tag}'`} yet.`);
    },
    async close() {
      await plane.close();
      await instances.close();
    },
  };
}
