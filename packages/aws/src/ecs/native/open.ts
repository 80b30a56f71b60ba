import { ShipError } from "#ship/kit";
import type { AwsSession } from "../../session.ts";
import { createCaller, under } from "../api/caller.ts";
import { describeServiceDeployment } from "../api/service-deployments.ts";
import { findDeployment } from "./find.ts";
import type { NativeOptions, NativeSplit } from "./index.ts";
import { findSides } from "./sides.ts";
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
  const sides = await findSides(caller, first, service);
  return {
    target: createNativeTarget(session, { address, first, sides, longest }),
    deployment: first.arn,
    listenerOrRule: sides.rule,
    sides: { kind: "target-groups", stable: sides.stable.group, canary: sides.canary.group },
  };
}
