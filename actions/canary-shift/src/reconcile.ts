import { type Reconciled, reconcile } from "#ship/delivery";
import { type ActionOutcome, markdown, type Run, ShipError } from "#ship/kit";
import type { ShiftValues } from "./inputs.ts";
import { openPlaces } from "./open-places.ts";
import type { Places } from "./places.ts";

/** Milliseconds to keep trying at each place. */
const budget = 300_000;

/** Finds rollouts whose runner has died, and brings their traffic back. */
export async function reconcileAll(values: ShiftValues, places: Places, run: Run): Promise<ActionOutcome> {
  const found = await openPlaces(values, places, run);
  const { clock, log, signal } = run;
  const all = await reconcile(found, { clock, log, signal, budget });
  const settled = all.filter(({ state }) => state === "settled");
  const failed = all.filter(({ state }) => state === "failed");
  const failure = failureOf(failed);
  return {
    outputs: {
      result: failed.length > 0 ? "failed" : settled.length > 0 ? "rolled-back" : "unchanged",
      reason: [...failed, ...settled].map(({ what }) => what).join("; ") || "nothing was left behind",
    },
    summary: summaryOf(all),
    ...(failure ? { failure } : {}),
  };
}

function failureOf(failed: readonly Reconciled[]): ShipError | undefined {
  const [first, ...others] = failed.flatMap(({ failure }) => (failure ? [failure] : []));
  if (!first || others.length === 0) return first;
  return new ShipError(first.code, `${failed.length} places could not be settled: ${first.message}`, {
    hint: first.hint,
    details: failed.map(({ place, what }) => `${place}: ${what}`),
  });
}

const signs: Readonly<Record<Reconciled["state"], string>> = {
  nothing: "✅ nothing",
  alive: "⏳ alive",
  held: "⏸️ held",
  settled: "↩️ brought back",
  failed: "🚨 failed",
};

function summaryOf(all: readonly Reconciled[]): string {
  return markdown.page(
    markdown.heading(2, "Canary rollouts left behind"),
    markdown.table(
      ["Place", "Found", "What"],
      all.map(({ place, state, what }) => [
        markdown.escapeMarkdown(place),
        signs[state],
        markdown.escapeMarkdown(what),
      ]),
    ),
  );
}
