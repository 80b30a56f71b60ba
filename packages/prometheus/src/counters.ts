import { ShipError } from "#ship/kit";
import { describeLabels, type Series } from "./answer.ts";
import type { NamedQuery } from "./failure.ts";
import type { Increase } from "./increases.ts";

/**
 * Refuses what is not a counter as it was scraped. A sum of counters falls when one of many processes restarts and leaps
 * when one is scraped again, and neither can be told from requests: so each counter is asked for by itself. The results of
 * functions and operators have no name (Prometheus documentation: Operators), and names with a colon are recording rules.
 * @throws ShipError `INPUT_INVALID`
 */
export function requireCounters(series: readonly Series[], query: NamedQuery): void {
  const wrong = series.find(({ labels }) => !labels["__name__"] || labels["__name__"].includes(":"));
  if (!wrong) return;
  const is = wrong.labels["__name__"] ? "a recording rule" : "the result of a function or an operator";
  throw new ShipError(
    "INPUT_INVALID",
    `${query.input} answered ${describeLabels(wrong.labels)}, ${is} and not a counter.`,
    {
      details: [query.text],
      hint: 'Give the counters themselves, such as requests_total{release="{{arm}}"}; they are added up here. Or answer the increase: sum(increase(requests_total{release="{{arm}}"}[{{window}}])).',
    },
  );
}

/**
 * How much counters grew between two moments, added up. Each one's growth is exactly its difference, so every event counts
 * once, whatever the times of the scrapes; a counter that fell was reset and has since grown by what it shows. A counter
 * that was not scraped at both moments adds nothing: what it counted meanwhile belongs to no bin.
 * @param isWatched whether the release was scraped at `start`: only then did a counter never seen before begin at zero
 */
export function growth(series: readonly Series[], start: number, end: number, isWatched: boolean): Increase {
  let total = 0;
  let isSeen = false;
  for (const { values } of series) {
    const [before, after] = [values.get(start), values.get(end)];
    if (!isNumberOrAbsent(before) || !isNumberOrAbsent(after)) return "unknown";
    if (after === undefined) continue;
    isSeen = true;
    if (before !== undefined) total += after >= before ? after - before : after;
    else if (isWatched && isNew(values, end)) total += after;
  }
  return isSeen ? total : "absent";
}

/** True when any of the counters has a value at that moment. */
export function isScraped(series: readonly Series[], at: number): boolean {
  return series.some(({ values }) => Number.isFinite(values.get(at)));
}

function isNumberOrAbsent(value: number | undefined): boolean {
  return value === undefined || Number.isFinite(value);
}

/** Values are in the order of time. */
function isNew(values: Series["values"], at: number): boolean {
  const [first] = values.keys();
  return first === at;
}
