import type { JsonObject } from "../service.ts";
import { invalid } from "./faults.ts";
import { object, text } from "./input.ts";
import type { TaskDefinition } from "./model.ts";

/** An awsvpc definition needs a network configuration, any other must have none. @throws InvalidParameterException */
export function requireNetwork(
  definition: TaskDefinition,
  networkConfiguration: JsonObject | undefined,
): void {
  const awsvpc = text(definition.body, "networkMode") === "awsvpc";
  const given =
    networkConfiguration === undefined ? undefined : object(networkConfiguration, "awsvpcConfiguration");
  if (awsvpc && !given) {
    throw invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  }
  if (!awsvpc && given) {
    throw invalid("Network Configuration is not valid for the given networkMode of this task definition.");
  }
}
