import { z } from "zod";
import type { FaultScript } from "../faults/fault-script.ts";
import type { Validation } from "../models/validation.ts";
import type { WireAnswer, WireRequest } from "../wire/codec.ts";
import type { CallLog } from "./call-log.ts";

/** What the interface does with faults, whatever faults there are. */
type ScriptControl = Pick<FaultScript<unknown, unknown, unknown>, "rules" | "take" | "clear">;

/**
 * The simulator's own HTTP interface, for tests in another process:
 * `GET /_ship/calls`, `GET /_ship/violations`, and `GET`, `POST` (one rule or a list), `DELETE` of `/_ship/faults`.
 * Answers `undefined` for any other path.
 */
export function answerControl(
  request: WireRequest,
  simulation: {
    readonly faults: ScriptControl;
    readonly calls: CallLog;
    readonly validation: Pick<Validation, "violations">;
  },
): WireAnswer | undefined {
  if (!request.path.startsWith("/_ship/")) return undefined;
  switch (`${request.method} ${request.path}`) {
    case "GET /_ship/calls":
      return json(200, simulation.calls.all);
    case "GET /_ship/violations":
      return json(200, simulation.validation.violations);
    case "GET /_ship/faults":
      return json(200, simulation.faults.rules);
    case "DELETE /_ship/faults":
      simulation.faults.clear();
      return json(200, []);
    case "POST /_ship/faults":
      return addFaults(request, simulation.faults);
    default:
      return json(404, {
        message: `${request.method} ${request.path} is not known. Known: GET /_ship/calls, GET /_ship/violations, GET, POST and DELETE /_ship/faults.`,
      });
  }
}

function addFaults(request: WireRequest, faults: ScriptControl): WireAnswer {
  let body: unknown;
  try {
    body = JSON.parse(request.body.toString("utf8"));
  } catch {
    return json(400, { message: "The body is not JSON. Send one fault rule or a list of them." });
  }
  try {
    faults.take(body);
  } catch (error) {
    if (error instanceof z.ZodError) return json(400, { message: z.prettifyError(error) });
    throw error;
  }
  return json(200, faults.rules);
}

function json(status: number, value: unknown): WireAnswer {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: Buffer.from(`${JSON.stringify(value)}\n`),
  };
}
