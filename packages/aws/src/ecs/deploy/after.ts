import { type Run, ShipError } from "#ship/kit";
import { finishCodeDeployRecovery, isCodeDeployRecovery } from "../../codedeploy/after.ts";
import type { AwsSession } from "../../session.ts";
import { createCaller } from "../api/caller.ts";
import type { ServiceAddress } from "../api/services.ts";
import { createBalancerReader } from "../api/target-health.ts";
import { removeOwnMark } from "../deployment/marks.ts";
import { goBack, isGoingBack, type LooseSettings, type Recovery } from "../deployment/recovery.ts";
import { seeBack } from "../deployment/see-back.ts";
import { isFields } from "../task-definition/schema.ts";
import { restoreSettings } from "./loose-settings.ts";

/** The post step's patience, in milliseconds: the runner ends a cancelled job after five minutes. */
const patience = { every: 5_000, timeout: 240_000 };

/**
 * What the post step does when `main` ended (or was killed) with a deployment open: goes back, unless `main` asked for that
 * and it is under way, and looks until the previous revision is seen to serve.
 */
export async function finishRecovery(session: AwsSession, saved: string, run: Run): Promise<void> {
  const parsed: unknown = JSON.parse(saved);
  if (isCodeDeployRecovery(parsed)) return finishCodeDeployRecovery(session, parsed, run);
  const recovery = readRecovery(parsed);
  const caller = createCaller(session);
  const balancers = createBalancerReader(session);
  const isUnderWay = recovery.asked === true && (await isGoingBack(caller, recovery));
  const answer = isUnderWay ? "asked" : await goBack(caller, balancers, recovery);
  const { service } = recovery.address;
  if (answer === "not-ours") {
    run.log.info(`${service} runs another revision or was deleted by now; it was left alone.`);
    return;
  }
  const again = () => goBack(caller, balancers, { ...recovery, ended: true });
  await seeBack(caller, balancers, recovery, { ...patience, again }, run.signal);
  await restoreSettings(caller, recovery, run.signal);
  run.log.notice(`${service} was seen to run ${recovery.previous ?? "what it ran before"} again.`);
}

/** What the post step does when `main` may have left its mark on a service whose deployment is over. */
export async function finishMark(session: AwsSession, saved: string, run: Run): Promise<void> {
  const parsed: unknown = JSON.parse(saved);
  const address = isFields(parsed) ? readAddress(parsed["address"]) : undefined;
  if (!isFields(parsed) || !address)
    throw new ShipError("UNEXPECTED", "The mark that main saved for the post step cannot be read.");
  await removeOwnMark(createCaller(session), { address, arn: String(parsed["arn"]) }, run);
}

function readAddress(value: unknown): ServiceAddress | undefined {
  if (!isFields(value)) return undefined;
  return { cluster: String(value["cluster"]), service: String(value["service"]) };
}

function readRecovery(parsed: unknown): Recovery {
  const address = isFields(parsed) ? readAddress(parsed["address"]) : undefined;
  if (!isFields(parsed) || !address || typeof parsed["ours"] !== "string")
    throw new ShipError("UNEXPECTED", "The state that main saved for the post step cannot be read.");
  const text = (value: unknown) => (typeof value === "string" ? value : undefined);
  const { previous, desired, settings, loose, deployment, asked, before, idleBehind } = parsed;
  return {
    address,
    ours: parsed["ours"],
    ...(text(previous) !== undefined && { previous: String(previous) }),
    ...(typeof desired === "number" && { desired }),
    ...(isFields(settings) && { settings }),
    ...(isLoose(loose) && { loose }),
    ...(text(deployment) !== undefined && { deployment: String(deployment) }),
    ...(asked === true && { asked }),
    ...(text(before) !== undefined && { before: String(before) }),
    ...(isFields(idleBehind) && {
      idleBehind: { rule: String(idleBehind["rule"]), targetGroup: String(idleBehind["targetGroup"]) },
    }),
  };
}

function isLoose(value: unknown): value is LooseSettings {
  return isFields(value) && isFields(value["sent"]) && isFields(value["former"]);
}
