import type { Clock } from "#ship/kit";
import type { Runs } from "../command/runs.ts";
import { setShare, type World } from "../world/index.ts";
import type { Disturbance } from "./disturbance.ts";
import { refuseOrders } from "./refuse-orders.ts";

/** How long a dead runner goes unnoticed, in milliseconds. */
const untilNoticed = 3_000;

/** What a disturbance can do, and whom it tells. */
export interface DisturbanceControls {
  readonly world: World;
  readonly clock: Clock;
  readonly runs: Pick<Runs, "start" | "startAgain" | "cancel" | "kill">;
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
  { world, clock, runs, note }: DisturbanceControls,
): Promise<Incident | undefined> {
  switch (disturbance.kind) {
    case "cancel":
      note("somebody cancels the run");
      runs.cancel();
      return undefined;
    case "no-metrics":
      note("CloudWatch has no data from now on");
      world.aws.cloudwatch.suppress(() => true);
      return undefined;
    case "drift":
      note(`somebody else gives the new release ${disturbance.share * 100} % of the traffic`);
      await setShare(world, disturbance.share);
      return undefined;
    case "runner-dies":
      note("the runner's machine is gone, with everything that ran on it");
      runs.kill();
      await clock.sleep(untilNoticed);
      note("somebody runs the job again");
      await runs.startAgain(1);
      return undefined;
    case "second-deploy":
      note("somebody releases another commit meanwhile");
      await runs.start();
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
