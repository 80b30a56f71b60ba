import type { CodeDeployContext } from "./context.ts";
import type { Deployment, Interruption } from "./model.ts";

/** A deployment must end early. */
export class Interrupted extends Error {
  readonly interruption: Interruption;
  constructor(interruption: Interruption) {
    super(interruption.message);
    this.interruption = interruption;
  }
}

/** How a deployment waits: it notices a wish to stop it and its alarms. */
export interface Watch {
  tick(): Promise<void>;
  pause(milliseconds: number): Promise<void>;
  until(condition: () => boolean): Promise<void>;
  interrupt(interruption: Interruption): never;
}

/** Creates the {@link Watch} of one deployment. */
export function watchOf(context: CodeDeployContext, deployment: Deployment): Watch {
  const interrupt = (interruption: Interruption): never => {
    throw new Interrupted(interruption);
  };
  const check = () => {
    context.lifetime.throwIfAborted();
    if (deployment.interruption) interrupt(deployment.interruption);
    const alarm = deployment.group.alarms.find((name) => context.alarms.state(name) === "ALARM");
    if (alarm !== undefined && deployment.creator === "user") {
      interrupt({
        status: "Stopped",
        code: "ALARM_ACTIVE",
        message: `One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the affected deployments have been stopped. Activated alarms: <${alarm}>`,
        rollsBack: deployment.rollsBackOn.has("DEPLOYMENT_STOP_ON_ALARM"),
      });
    }
  };
  const until = async (condition: () => boolean) => {
    for (;;) {
      check();
      if (condition()) return;
      await context.clock.sleep(context.pace.look, context.lifetime);
    }
  };
  const pause = (milliseconds: number) => {
    const end = context.clock.now() + milliseconds;
    return until(() => context.clock.now() >= end);
  };
  return { until, pause, tick: () => pause(context.pace.look), interrupt };
}
