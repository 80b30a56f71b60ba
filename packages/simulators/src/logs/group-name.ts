import type { JsonObject } from "../service.ts";
import { faults, read } from "./faults.ts";

/** The group a call means: `logGroupName`, or `logGroupIdentifier` as a name or an ARN. */
export function groupName(input: JsonObject): string {
  const name = read.text(input, "logGroupName");
  const identifier = read.text(input, "logGroupIdentifier");
  if ((name === undefined) === (identifier === undefined)) {
    throw faults.invalid("Exactly one of logGroupName and logGroupIdentifier must be specified.");
  }
  return name ?? (identifier ?? "").replace(/^arn:[^:]*:logs:[^:]*:[^:]*:log-group:/, "").replace(/:\*$/, "");
}
