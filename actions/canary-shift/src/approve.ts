import { type Approval, approve } from "#ship/delivery";
import { type ActionOutcome, isShipError, markdown, type Run, ShipError } from "#ship/kit";
import type { ShiftValues } from "./inputs.ts";
import { openPlaces } from "./open-places.ts";
import type { Places } from "./places.ts";

/** Approves the step at which a rollout waits; with several places, at each where one does. */
export async function approveWaiting(values: ShiftValues, places: Places, run: Run): Promise<ActionOutcome> {
  const approvals: Approval[] = [];
  const refusals: ShipError[] = [];
  for (const { name, notes } of await openPlaces(values, places, run)) {
    try {
      const approval = await approve(notes, run.signal);
      approvals.push(approval);
      run.log.info(`${name}: ${sentence(approval)}`);
    } catch (error) {
      if (!isShipError(error) || error.code !== "NOTHING_TO_APPROVE") throw error;
      refusals.push(error);
    }
  }
  const [last] = approvals.slice(-1);
  if (!last) throw refusals[0] ?? new ShipError("NOTHING_TO_APPROVE", "There is no place to look at.");
  const reason = approvals.map(sentence).join("; ");
  return {
    outputs: { result: "approved", reason, weight: last.percent },
    summary: markdown.page(markdown.heading(2, "✅ Canary approved"), markdown.escapeMarkdown(reason)),
  };
}

function sentence({ canary, percent }: Approval): string {
  return `${canary} may go on from ${percent} %`;
}
