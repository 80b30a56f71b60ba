import { escapeHtml } from "#ship/kit";
import type { Rehearsal } from "../command/rehearse.ts";
import { type Finding, holds } from "../scenario/index.ts";
import { rolloutChart } from "./chart.ts";
import { chartData } from "./chart-data.ts";
import { summaryHtml } from "./summary-html.ts";
import { endTable, stepsTable, type Table, usersTable, verdictTable } from "./tables.ts";

const style = `
body { font: 15px/1.5 system-ui, sans-serif; color: #1f2328; background: #fff; max-width: 900px; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2.2rem; border-bottom: 1px solid #d0d7de }
table { border-collapse: collapse; margin: .6rem 0; display: block; overflow-x: auto }
th, td { border: 1px solid #d0d7de; padding: .25rem .7rem; text-align: left; vertical-align: top }
th { background: #f6f8fa } code, pre { font: 13px/1.45 ui-monospace, monospace; background: #f6f8fa }
pre { padding: .7rem; overflow-x: auto } svg { width: 100%; height: auto } svg text { font: 12px system-ui, sans-serif; fill: #57606a }
section.summary { border: 1px solid #d0d7de; border-radius: 6px; padding: 0 1rem .5rem; margin: 1rem 0 }
iframe { width: 100%; height: 1000px; border: 1px solid #d0d7de; border-radius: 6px }
.verdict { padding: .7rem 1rem; border-radius: 6px; font-weight: 600 } .held { background: #dafbe1 } .broken { background: #ffebe9 }
`;

/**
 * One self-contained HTML page about a rehearsal: verdict, chart, what happened, what users saw, and the job summaries
 * that GitHub would show. It loads nothing and runs nothing.
 */
export function reportPage(rehearsal: Rehearsal, findings: readonly Finding[]): string {
  const { scenario } = rehearsal;
  const held = holds(findings);
  const title = `Rehearsal: ${scenario.name}`;
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
<p>${escapeHtml(scenario.story)}</p>
<p class="verdict ${held ? "held" : "broken"}">${held ? "Everything ended as expected." : "Not everything ended as expected."}</p>
${tableHtml(verdictTable(findings))}
<h2>The rollout</h2>
${rolloutChart(chartData(rehearsal))}
<h2>What happened</h2>
${tableHtml(stepsTable(rehearsal))}
<h2>What users saw</h2>
${tableHtml(usersTable(rehearsal))}
<h2>End state in the simulated cloud</h2>
${tableHtml(endTable(rehearsal))}
${canaryReports(rehearsal)}
<h2>Job summaries</h2>
${summaries(rehearsal)}
</body>
</html>
`;
}

/** Another program's page: shown in a frame in which nothing can run. */
function canaryReports({ runs }: Rehearsal): string {
  const frames = runs.flatMap(({ canaryReport }) =>
    canaryReport === undefined
      ? []
      : [`<iframe sandbox title="The canary's own report" srcdoc="${escapeHtml(canaryReport)}"></iframe>`],
  );
  return frames.length === 0 ? "" : `<h2>What the canary saw</h2>\n${frames.join("\n")}`;
}

function summaries({ runs }: Rehearsal): string {
  const written = runs
    .flatMap(({ workflow }) => Object.entries(workflow.jobs))
    .sort(([, left], [, right]) => left.started - right.started)
    .flatMap(([job, { steps }]) =>
      steps.filter(({ summary }) => summary.trim() !== "").map((step) => ({ job, step })),
    );
  if (written.length === 0) return "<p>No step wrote one.</p>";
  return written
    .map(
      ({ job, step }) =>
        `<section class="summary">\n<h3>${escapeHtml(`${job} › ${step.name}`)}</h3>\n${summaryHtml(step.summary)}\n</section>`,
    )
    .join("\n");
}

function tableHtml({ head, rows }: Table): string {
  const cells = (tag: "th" | "td", texts: readonly string[]) =>
    `<tr>${texts.map((text) => `<${tag}>${escapeHtml(text)}</${tag}>`).join("")}</tr>`;
  return `<table>\n<thead>${cells("th", head)}</thead>\n<tbody>\n${rows.map((row) => cells("td", row)).join("\n")}\n</tbody>\n</table>`;
}
