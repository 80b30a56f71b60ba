import { ShipError } from "#ship/kit";
import type { ProgressReader } from "./progress/reader.ts";

const tailLines = 30;

/** Says which instruction failed, with the last lines of the output. */
export function buildFailure(output: readonly string[], progress: ProgressReader): ShipError {
  const failing = progress.failing();
  const reason =
    output.findLast((line) => /^(?:ERROR|Error|error)\b|returned a non-zero code/.test(line)) ??
    output.findLast((line) => /error|failed/i.test(line)) ??
    output.findLast((line) => line.trim() !== "") ??
    "no output";
  const where = failing ? `${failing.instruction} (${failing.name}): ` : "";
  return new ShipError("BUILD_FAILED", `${where}${reason.trim()}`, { details: output.slice(-tailLines) });
}

/** Says why a push failed, in the registry's words. */
export function pushFailure(what: string, output: readonly string[]): ShipError {
  const reason =
    output.findLast((line) => /^(?:ERROR|Error|error)\b/.test(line)) ??
    output.findLast((line) => line.trim() !== "") ??
    "no output";
  return new ShipError("PUSH_FAILED", `${what}: ${reason.trim()}`, { details: output.slice(-tailLines) });
}
