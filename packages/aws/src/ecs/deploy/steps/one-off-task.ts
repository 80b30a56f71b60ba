import type { TaskRequest } from "../../run-task/request.ts";
import { readLaunchSettings, settingsOf } from "../../run-task/settings.ts";
import { type OneOffTask, runOneOffTask } from "../../run-task/step.ts";
import { wantedDefinition } from "../../task-definition/source.ts";
import { consoleDomain } from "../console.ts";
import { known } from "../journal.ts";
import { readServiceDocument } from "../service-document.ts";
import type { Scene } from "./scene.ts";

/** The one-off task of a deployment, which runs what the step before it registered. */
export function oneOffTask({ caller, run, request, journal }: Scene, task: TaskRequest): OneOffTask {
  const { target } = request;
  return runOneOffTask(task, {
    caller,
    run,
    waiting: {
      every: task.waiting.every ?? request.waiting.every,
      timeout: task.waiting.timeout ?? request.waiting.timeout,
    },
    definition: async () => {
      const wanted = await wantedDefinition(caller, request.taskDefinition, request.changes, run.environment);
      return wanted.body;
    },
    taskDefinition: () => known(journal.taskDefinition, "The task definition"),
    async settings() {
      if (target.kind === "none") return undefined;
      const address =
        target.kind === "service" ? target.address : { cluster: target.cluster, service: target.services[0] };
      const found = await readLaunchSettings(caller, address);
      if (found || target.kind !== "service" || target.createFrom === undefined) return found;
      // The service that is about to be created: its document has the same members, checked by then.
      const { service } = target.address;
      return settingsOf({
        serviceName: service,
        ...(await readServiceDocument(target.createFrom, service, run.environment)),
      });
    },
    // Without a service nothing says that the tasks of two runs have to do with each other.
    others: target.kind === "none" ? "ignore" : request.onConflict,
    logLines: request.logLines,
    consoleDomain: consoleDomain(caller.session.region),
    onOutcome(outcome) {
      journal.task = outcome;
    },
  });
}
