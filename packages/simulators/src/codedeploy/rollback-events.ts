import type { JsonObject } from "../service.ts";
import { faults, read } from "./faults.ts";

const known = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"];

/**
 * Events that `autoRollbackConfiguration` names, none when it is turned off; `undefined` where it is not given.
 * @throws InvalidAutoRollbackConfigException when it is enabled without an event, or with an unknown one
 */
export function rollbackEventsIn(input: JsonObject): ReadonlySet<string> | undefined {
  const given = read.object(input, "autoRollbackConfiguration");
  if (!given) return undefined;
  if (!read.flag(given, "enabled")) return new Set();
  const events = read.texts(given, "events");
  if (events.length === 0 || events.some((event) => !known.includes(event)))
    throw faults.invalidRollback(
      `Automatic rollback is enabled with the events (${events.join(", ")}); name some of ${known.join(", ")}.`,
    );
  return new Set(events);
}
