import { type Run, ShipError } from "#ship/kit";
import { createCaller } from "../ecs/api/caller.ts";
import { type Fields, isFields } from "../ecs/task-definition/schema.ts";
import type { AwsSession } from "../session.ts";
import { createCodeDeployCaller } from "./api/caller.ts";
import type { Revision } from "./app-spec.ts";
import {
  type CodeDeployRecovery,
  previousName,
  restoreSettings,
  seeBackThroughCodeDeploy,
  stopOurs,
} from "./recovery.ts";

/** The post step's patience, in milliseconds: the runner ends a cancelled job after five minutes. */
const patience = { every: 5_000, timeout: 240_000, by: "anyone" } as const;

/** True for state that a deployment through CodeDeploy has saved. */
export const isCodeDeployRecovery = (parsed: unknown): parsed is Fields =>
  isFields(parsed) && parsed["kind"] === "codedeploy";

/**
 * What the post step does when `main` ended (or was killed) with a CodeDeploy deployment open: stops it once more, which
 * is harmless, and looks until the previous revision is seen to serve.
 */
export async function finishCodeDeployRecovery(session: AwsSession, parsed: Fields, run: Run): Promise<void> {
  const recovery = readRecovery(parsed);
  const callers = { caller: createCaller(session), codeDeploy: createCodeDeployCaller(session) };
  const { service } = recovery.address;
  const stopped = await stopOurs(callers.codeDeploy, recovery);
  await restoreSettings(callers.caller, recovery);
  if (stopped.answer === "none") {
    run.log.info(`No deployment of ${service} was begun; it runs what it ran before.`);
    return;
  }
  const seen = await seeBackThroughCodeDeploy(callers, recovery, stopped.id, patience, run.signal);
  if (seen !== "restored") {
    run.log.info(`${service} runs another revision by now; it was left alone.`);
    return;
  }
  run.log.notice(`${service} was seen to run ${previousName(recovery)} again.`);
}

function readRecovery(parsed: Fields): CodeDeployRecovery {
  const { address, name, ours, previous, after, settings, deployment } = parsed;
  const revision = readRevision(parsed["revision"]);
  if (!isFields(address) || !isFields(name) || typeof ours !== "string" || !revision)
    throw new ShipError("UNEXPECTED", "The state that main saved for the post step cannot be read.");
  const before = isFields(previous) ? readRevision(previous["revision"]) : undefined;
  return {
    kind: "codedeploy",
    address: { cluster: String(address["cluster"]), service: String(address["service"]) },
    name: { application: String(name["application"]), group: String(name["group"]) },
    ours,
    revision,
    ...(isFields(after) && { after: { id: String(after["id"]), at: Number(after["at"]) } }),
    ...(typeof deployment === "string" && { deployment }),
    ...(isFields(previous) &&
      before && { previous: { taskDefinition: String(previous["taskDefinition"]), revision: before } }),
    ...(isFields(settings) && { settings }),
  };
}

function readRevision(value: unknown): Revision | undefined {
  if (!isFields(value)) return undefined;
  return { content: String(value["content"]), sha256: String(value["sha256"]) };
}
