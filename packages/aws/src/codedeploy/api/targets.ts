import { BatchGetDeploymentTargetsCommand, ListDeploymentTargetsCommand } from "@aws-sdk/client-codedeploy";
import { askCodeDeploy, type CodeDeployCaller } from "./caller.ts";
import { codeOf } from "./deployments.ts";

/** One lifecycle event of a deployment, in the order they happen. */
export interface LifecycleEvent {
  readonly name: string;
  /** `Pending`, `InProgress`, `Succeeded`, `Failed`, `Skipped`, `Unknown`. */
  readonly status: string;
  /** Error code, function and message of a failure; otherwise empty. */
  readonly diagnosis: string;
  /** The last lines that its function logged. */
  readonly logTail: readonly string[];
}

/** The service as a deployment sees it. */
export interface EcsTarget {
  readonly events: readonly LifecycleEvent[];
  readonly replacement: ReplacementTasks | undefined;
}

/** The new task set. */
export interface ReplacementTasks {
  readonly id: string;
  readonly desired: number;
  readonly running: number;
  /** Percent of the production traffic. */
  readonly traffic: number;
}

/** Reads the one target of a deployment again and again. */
export interface TargetReader {
  /** `undefined` while the deployment has not started. */
  read(): Promise<EcsTarget | undefined>;
}

/** Creates a reader that asks for the target's id once. */
export function targetReader(caller: CodeDeployCaller, id: string): TargetReader {
  let ids: string[] = [];
  return {
    async read() {
      try {
        if (ids.length === 0) ids = await targetIdsOf(caller, id);
        return ids.length === 0 ? undefined : await readTarget(caller, id, ids);
      } catch (error) {
        if (codeOf(error) === "DeploymentNotStartedException") return undefined;
        throw error;
      }
    },
  };
}

async function targetIdsOf(caller: CodeDeployCaller, id: string): Promise<string[]> {
  const listed = await askCodeDeploy(caller, "ListDeploymentTargets", (options) =>
    caller.client.send(new ListDeploymentTargetsCommand({ deploymentId: id }), options),
  );
  return listed.targetIds ?? [];
}

async function readTarget(
  caller: CodeDeployCaller,
  id: string,
  targetIds: string[],
): Promise<EcsTarget | undefined> {
  const answer = await askCodeDeploy(caller, "BatchGetDeploymentTargets", (options) =>
    caller.client.send(new BatchGetDeploymentTargetsCommand({ deploymentId: id, targetIds }), options),
  );
  const target = answer.deploymentTargets?.[0]?.ecsTarget;
  if (!target) return undefined;
  const green = target.taskSetsInfo?.find((set) => set.taskSetLabel === "Green");
  return {
    events: (target.lifecycleEvents ?? []).map((event) => ({
      name: event.lifecycleEventName ?? "",
      status: event.status ?? "Unknown",
      diagnosis: [event.diagnostics?.errorCode, event.diagnostics?.scriptName, event.diagnostics?.message]
        .filter(Boolean)
        .join(", "),
      logTail: (event.diagnostics?.logTail ?? "").split("\n").filter((line) => line !== ""),
    })),
    replacement: green && {
      id: green.identifer ?? "",
      desired: green.desiredCount ?? 0,
      running: green.runningCount ?? 0,
      traffic: green.trafficWeight ?? 0,
    },
  };
}
