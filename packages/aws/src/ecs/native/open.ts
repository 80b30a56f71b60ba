import { ShipError } from "#ship/kit";
import type { AwsSession } from "../../session.ts";
import { createCaller, under } from "../api/caller.ts";
import { describeServiceDeployment } from "../api/service-deployments.ts";
import { findDeployment } from "./find.ts";
import type { NativeOptions, NativeSplit } from "./index.ts";
import { findSides } from "./sides.ts";
import { isOver } from "./standing.ts";
import { createNativeTarget } from "./target.ts";

/** Finds a deployment and its two releases, and makes a traffic target of it. @throws ShipError as `openNativeTarget` */
export async function openDeployment(
  session: AwsSession,
  { cluster, service, deployment, longest }: NativeOptions,
  signal: AbortSignal,
): Promise<NativeSplit> {
  const caller = under(createCaller(session), signal);
  const address = { cluster, service };
  const first =
    deployment === undefined
      ? await findDeployment(caller, address, signal)
      : await describeServiceDeployment(caller, deployment);
  if (!first) throw new ShipError("NOT_FOUND", `The service deployment ${deployment} does not exist.`);
  if (first.sources.length === 0 && !isOver(first)) {
    throw new ShipError(
      "TARGET_AMBIGUOUS",
      `This is the first deployment of ${service}: nothing serves that it could be compared with, or brought back to.`,
      { hint: "Let the first deployment finish without this action; its hooks can be answered by hand." },
    );
  }
  const sides = await findSides(caller, first, service);
  return {
    target: createNativeTarget(session, { address, first, sides, longest }),
    deployment: first.arn,
    listenerOrRule: sides.rule,
    sides: { kind: "target-groups", stable: sides.stable.group, canary: sides.canary.group },
  };
}
