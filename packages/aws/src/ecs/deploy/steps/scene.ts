import type { Run } from "#ship/kit";
import type { Caller } from "../../api/caller.ts";
import type { BalancerReader } from "../../api/target-health.ts";
import { type Journal, known } from "../journal.ts";
import type { DeployRequest } from "../request.ts";
import type { Safeguard } from "../safeguard.ts";

/** What the steps of one deployment share. */
export interface Scene {
  readonly caller: Caller;
  readonly balancers: BalancerReader;
  readonly run: Run;
  readonly request: DeployRequest;
  readonly journal: Journal;
  readonly safeguard: Safeguard;
}

/** Milliseconds left of `wait-for-minutes`, which bounds everything after the update together. */
export function remaining(scene: Scene): number {
  const spent = scene.caller.session.clock.now() - known(scene.journal.begunAt, "The beginning");
  return Math.max(0, scene.request.waiting.timeout - spent);
}

/** Answers a step's line for the summary, having said it in the log. */
export function said(scene: Scene, line: string): string {
  scene.run.log.info(line);
  return line;
}

/** The last part of an ARN: `family:revision`. */
export function nameOf(arn: string): string {
  return arn.split("/").at(-1) ?? arn;
}
