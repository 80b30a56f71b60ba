import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { formatDuration, formatShare } from "#ship/kit";
import { reportPage } from "../report/page.ts";
import { endTable, stepsTable, type Table, usersTable, verdictTable } from "../report/tables.ts";
import { holds, judge, totalOf } from "../scenario/index.ts";
import { textTable } from "../timeline/index.ts";
import { places } from "../world/index.ts";
import type { Rehearsal } from "./rehearse.ts";

/** How a rehearsal ended. */
export interface Conclusion {
  /** For the terminal. */
  readonly text: string;
  /** Path of the HTML report. */
  readonly report: string;
  /** Whether everything is as the scenario expects. */
  readonly held: boolean;
  /** The row of this rehearsal among others: scenario, verdict, how the runs ended, users' failed requests, time. */
  readonly row: readonly string[];
}

/** One table of several rehearsals, for the terminal. */
export function seriesTable(conclusions: readonly Conclusion[]): string {
  const head = ["", "scenario", "runs ended with", "most traffic", "failed requests", "took"];
  return textTable(
    head,
    conclusions.map(({ row }) => row),
  );
}

/** Judges a rehearsal and writes its report to `.rehearsal/<scenario>/report.html` in this repository. */
export async function conclude(rehearsal: Rehearsal): Promise<Conclusion> {
  const findings = judge(rehearsal.scenario.expected, rehearsal.state);
  const held = holds(findings);
  const folder = join(places.reports, rehearsal.scenario.name);
  const report = join(folder, "report.html");
  await mkdir(folder, { recursive: true });
  await writeFile(report, reportPage(rehearsal, findings));
  const part = (title: string, { head, rows }: Table) => `${title}\n${textTable(head, rows)}`;
  const text = [
    part("What happened", stepsTable(rehearsal)),
    part("What users saw", usersTable(rehearsal)),
    part("End state in the simulated cloud", endTable(rehearsal)),
    part("Verdict", verdictTable(findings)),
    `${held ? "As expected" : "NOT as expected"}: ${rehearsal.scenario.name}, in ${formatDuration(rehearsal.end - rehearsal.start)}`,
  ].join("\n\n");
  const { requests, errors } = totalOf(rehearsal.users);
  const row = [
    held ? "ok" : "WRONG",
    rehearsal.scenario.name,
    rehearsal.runs.map(({ workflow }) => workflow.result).join(", "),
    formatShare(rehearsal.state.highestShare),
    `${errors} of ${requests}`,
    formatDuration(rehearsal.end - rehearsal.start),
  ];
  return { text, report, held, row };
}
