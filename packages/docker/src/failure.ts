import { ShipError } from "#ship/kit";
import type { ProgressReader } from "./progress/reader.ts";

const tailLines = 30;
/** What BuildKit puts before the reason. */
const preamble = /^(?:ERROR: )?(?:failed to build: )?(?:failed to solve: )?/;
/** Lines of an instruction that are not its own output. */
const bookkeeping =
  /^(?:#\d+ )?(?:\[|DONE\b|ERROR\b|CACHED\b|CANCELED\b)|^(?:STEP|Step|Error|ERROR)\b|returned a non-zero code/;

/** Says which instruction failed and what it said last; the details are its own last lines. */
export function buildFailure(output: readonly string[], progress: ProgressReader): ShipError {
  const failing = progress.failing();
  const reason =
    output.findLast((line) => /^(?:ERROR|Error|error)\b|returned a non-zero code/.test(line)) ??
    output.findLast((line) => /error|failed/i.test(line)) ??
    output.findLast((line) => line.trim() !== "") ??
    "no output";
  const where = failing ? `${failing.instruction} (${failing.name}): ` : "";
  const own = failing ? linesOf(failing.instruction, output) : [];
  const said = own
    .filter((line) => !bookkeeping.test(line))
    .map((line) => line.replace(/^#\d+ (?:[\d.]+ )?/, "").trim())
    .findLast((line) => line !== "");
  const last = said === undefined ? "" : `; it said last: ${said}`;
  const details = own.length === 0 ? output : own.includes(reason) ? own : [...own, reason];
  return new ShipError("BUILD_FAILED", `${where}${reason.trim().replace(preamble, "")}${last}`, {
    details: details.slice(-tailLines),
  });
}

/** What an instruction printed: BuildKit numbers the lines of each, other builders write one after the other. */
function linesOf(instruction: string, output: readonly string[]): readonly string[] {
  const header = output.find((line) => /^#\d+ \[/.test(line) && line.endsWith(`] ${instruction}`));
  const number = header?.split(" ")[0];
  if (number !== undefined) return output.filter((line) => line.startsWith(`${number} `));
  const begun = output.findLastIndex(
    (line) => /^(?:\[[^\]]+\] )?(?:STEP|Step) /.test(line) && line.endsWith(instruction),
  );
  return begun < 0 ? [] : output.slice(begun);
}

/** Says why a push failed, in the registry's words. */
export function pushFailure(what: string, output: readonly string[]): ShipError {
  const reason =
    output.findLast((line) => /^(?:ERROR|Error|error)\b/.test(line)) ??
    output.findLast((line) => line.trim() !== "") ??
    "no output";
  return new ShipError("PUSH_FAILED", `${what}: ${reason.trim()}`, { details: output.slice(-tailLines) });
}
