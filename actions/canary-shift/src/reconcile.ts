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
  const failure = failureOf(failed) ?? broughtBack(settled);
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

/** Somebody shall hear of a runner that died, though its traffic is safe: a step that brought something back fails. */
function broughtBack(settled: readonly Reconciled[]): ShipError | undefined {
  if (settled.length === 0) return undefined;
  const said = settled.map(({ place, what }) => `${place}: ${what}`);
  return new ShipError("CANARY_ROLLED_BACK", `${said.join("; ")}.`, {
    hint: "Production runs the stable release. Find out why that runner died, then run its workflow again.",
  });
}

const signs: Readonly<Record<Reconciled["state"], string>> = {
  nothing: "✅ nothing",
  alive: "⏳ alive",
  held: "⏸️ held",
  cleared: "✅ safe already",
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
