import type { Clock, Environment, Exec, Log } from "#ship/kit";
import type { DockerConfig } from "../config.ts";

/** What every engine works with. */
export interface EngineOptions {
  readonly exec: Exec;
  readonly environment: Environment;
  /** Logins of this step. Its folder also holds what must not outlive the step: whoever removes it removes that too. */
  readonly config: DockerConfig;
  readonly clock: Clock;
  readonly log: Log;
  /** Told the name of a private builder before it is created, so that a later process can remove it: see `removeBuilder`. */
  onBuilder?(name: string): void;
}
