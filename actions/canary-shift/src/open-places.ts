import { findAlbPlaces, openSession } from "#ship/aws";
import type { ReconcilePlace } from "#ship/delivery";
import { openCloudRun, openGoogleSession } from "#ship/google";
import type { Run } from "#ship/kit";
import type { ShiftValues } from "./inputs.ts";
import type { Places } from "./places.ts";

/** Opens what the target remembers of rollouts at each place, and what is needed to settle one. */
export async function openPlaces(
  values: ShiftValues,
  places: Places,
  run: Run,
): Promise<readonly ReconcilePlace[]> {
  const identity = values["deadman-role"];
  if (places.kind === "ecs-alb") {
    const options = { region: values["aws-region"], roleToAssume: values["role-to-assume"] };
    return findAlbPlaces(openSession(options, run), { ...places, timerRole: identity }, run.signal);
  }
  const session = await openGoogleSession(
    {
      workloadIdentityProvider: values["workload-identity-provider"],
      serviceAccount: values["service-account"],
    },
    run,
  );
  const { notes } = await openCloudRun(session, { ...places, candidate: places.service });
  return [
    {
      name: places.service,
      notes,
      async open({ canary }) {
        const { target, deadMan } = await openCloudRun(session, { ...places, candidate: canary.reference });
        return { target, deadMan: identity === undefined ? undefined : deadMan(identity) };
      },
    },
  ];
}
