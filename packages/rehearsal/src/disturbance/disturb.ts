import type { Clock } from "#ship/kit";
import { setShare, type World } from "../world/index.ts";
import type { Disturbance } from "./disturbance.ts";
import { refuseOrders } from "./refuse-orders.ts";

/** What a disturbance can do, and whom it tells. */
export interface DisturbanceControls {
  readonly world: World;
  readonly clock: Clock;
  /** The user's cancel. */
  readonly cancel: AbortController;
  readonly note: (text: string) => void;
}

/** Milliseconds since the epoch between which both releases failed. */
export interface Incident {
  readonly from: number;
  readonly to: number;
}

/** Lets something happen; answers when it is over, and what it was if both releases failed. */
export async function disturb(
  disturbance: Disturbance,
  { world, clock, cancel, note }: DisturbanceControls,
): Promise<Incident | undefined> {
  switch (disturbance.kind) {
    case "cancel":
      note("somebody cancels the run");
      cancel.abort();
      return undefined;
    case "no-metrics":
      note("CloudWatch has no data from now on");
      world.aws.cloudwatch.suppress(() => true);
      return undefined;
    case "drift":
      note(`somebody else gives the new release ${disturbance.share * 100} % of the traffic`);
      await setShare(world, disturbance.share);
      return undefined;
    case "incident": {
      note("the database takes no orders any more: both releases fail");
      const accept = await refuseOrders(world.databaseUrl("production"));
      const from = clock.now();
      await clock.sleep(disturbance.milliseconds);
      const to = clock.now();
      await accept();
      note("the database takes orders again");
      return { from, to };
    }
  }
}
