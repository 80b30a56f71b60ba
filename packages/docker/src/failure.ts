import { ShipError } from "#ship/kit";

const tailLines = 30;
/** BuildKit's plain progress names the failing step as ` > [2/5] RUN npm ci:` between dashed lines. */
const failedStep = /^\s*> \[([^\]]+)\] (.+?):?$/;
const stepHeader = /^#\d+ \[([^\]]+)\] (.+)$/;

/** Says which instruction failed, with the last lines of its output, from the engine's plain progress. */
export function buildFailure(output: readonly string[]): ShipError {
  const step = output.map((line) => failedStep.exec(line)).findLast((match) => match !== null);
  const header = step ?? output.map((line) => stepHeader.exec(line)).findLast((match) => match !== null);
  const reason = output.findLast((line) => /error|failed/i.test(line)) ?? output.at(-1) ?? "no output";
  const where = header ? `${header[2]} (${header[1]}): ` : "";
  return new ShipError("BUILD_FAILED", `${where}${reason.trim()}`, { details: output.slice(-tailLines) });
}

/** Says why a push failed, in the registry's words. */
export function pushFailure(reference: string, output: readonly string[]): ShipError {
  const reason = output.findLast((line) => line.trim() !== "") ?? "no output";
  return new ShipError("PUSH_FAILED", `${reference}: ${reason.trim()}`, {
    details: output.slice(-tailLines),
  });
}
