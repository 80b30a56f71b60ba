import { escapeHtml, formatDuration, formatShare } from "#ship/kit";
import type { EvidenceArm, EvidenceDocument } from "../evidence-document.ts";
import { decisiveBins, decisiveGate } from "./decisive.ts";
import { rolloutPicture } from "./picture.ts";

const style = `
body { font: 15px/1.5 system-ui, sans-serif; color: #1f2328; background: #fff; max-width: 900px; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem; border-bottom: 1px solid #d0d7de }
table { border-collapse: collapse; margin: .6rem 0; display: block; overflow-x: auto }
th, td { border: 1px solid #d0d7de; padding: .25rem .7rem; text-align: left; vertical-align: top } th { background: #f6f8fa }
svg { width: 100%; height: auto } svg text { font-size: 12px; fill: #57606a }
`;

/** One self-contained HTML page of a rollout, from its evidence alone. It loads nothing and runs nothing. */
export function rolloutPage(document: EvidenceDocument): string {
  const title = `Canary: ${document.result}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(document.reason)}</p>
${document.bins.length > 0 ? rolloutPicture(document) : "<p>Nothing was measured.</p>"}
<h2>Gates</h2>
${gateTable(document)}
<h2>The bins that decided</h2>
${binTable(document)}
<h2>Plan</h2>
${planTable(document)}
</body>
</html>
`;
}

function gateTable({ gates, plan }: EvidenceDocument): string {
  return (
    table(
      ["Gate", "ln M at the end", "highest", "rolls back at"],
      gates.map(({ name, threshold, lnM }) => [
        name,
        (lnM.at(-1) ?? 0).toFixed(2),
        Math.max(0, ...lnM).toFixed(2),
        threshold.toFixed(2),
      ]),
    ) +
    `<p>ln M is the natural logarithm of the evidence against a healthy canary. The chance that any gate ever reaches its threshold with a healthy canary is at most ${formatShare(plan.alpha)}, however often one looks.</p>`
  );
}

function binTable({ bins, gates }: EvidenceDocument): string {
  const decisive = decisiveGate(gates);
  if (!decisive) return "<p>No gate had anything to judge.</p>";
  const { gate } = decisive;
  const [from, to] = decisiveBins(decisive);
  return table(
    ["From", "Weight", "Canary errors", "Stable errors", "Canary p95", "Stable p95", `ln M, ${gate.name}`],
    bins
      .slice(from, to)
      .map(({ start, weight, canary, stable }, index) => [
        start.slice(11, 19),
        `${weight} %`,
        errorsText(canary),
        errorsText(stable),
        p95Text(canary),
        p95Text(stable),
        (gate.lnM[from + index] ?? 0).toFixed(2),
      ]),
  );
}

function planTable({ plan }: EvidenceDocument): string {
  const seconds = (value: number) => formatDuration(value * 1_000);
  return table(
    ["Weight", "Lasts", "At most"],
    plan.steps.map((step) => [
      `${step.percent} %`,
      seconds(step.intervalSeconds),
      seconds(step.longestSeconds),
    ]),
  );
}

function errorsText(arm: EvidenceArm): string {
  return arm === null ? "no data" : `${arm.errors} of ${arm.requests}`;
}

function p95Text(arm: EvidenceArm): string {
  return arm?.p95 === undefined ? "-" : formatDuration(arm.p95 * 1_000);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (tag: "th" | "td", cells: readonly string[]) =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join("")}</tr>`;
  return `<table>\n<thead>${line("th", head)}</thead>\n<tbody>\n${rows.map((row) => line("td", row)).join("\n")}\n</tbody>\n</table>`;
}
