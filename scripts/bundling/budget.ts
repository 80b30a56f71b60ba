/** How large each bundle may be. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { z } from "zod";

/** Bytes of all JavaScript of one action: as stored, and gzipped file by file. */
export interface BundleSize {
  readonly raw: number;
  readonly gzip: number;
}

const bytes = z.int().positive();
const budgetFile = z.record(z.string(), z.strictObject({ raw: bytes, gzip: bytes }));

/** Measures the JavaScript in an action's published `folder`. */
export function measureBundle(folder: string): BundleSize {
  const contents = readdirSync(folder)
    .filter((file) => file.endsWith(".js"))
    .map((file) => readFileSync(join(folder, file)));
  return {
    raw: contents.reduce((sum, content) => sum + content.length, 0),
    gzip: contents.reduce((sum, content) => sum + gzipSync(content, { level: 9 }).length, 0),
  };
}

/** Reads the budget file at `path`: bytes per action. Fails naming the file and the field. */
export function readBudget(path: string): Record<string, BundleSize> {
  const parsed = budgetFile.safeParse(JSON.parse(readFileSync(path, "utf8")));
  if (!parsed.success) throw new Error(`${path}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** What is over budget, one sentence each; empty when all is well. An action without a budget is over it. */
export function overBudget(
  sizes: ReadonlyMap<string, BundleSize>,
  budget: Record<string, BundleSize>,
): string[] {
  const problems: string[] = [];
  for (const [name, size] of sizes) {
    const limit = budget[name];
    if (!limit) {
      problems.push(
        `${name} has no budget: it is ${size.raw} bytes raw and ${size.gzip} gzipped. Add it to scripts/budget.json.`,
      );
      continue;
    }
    for (const kind of ["raw", "gzip"] as const) {
      if (size[kind] > limit[kind]) {
        problems.push(
          `${name} is ${size[kind]} bytes ${kind}, ${size[kind] - limit[kind]} over its budget of ${limit[kind]}. ` +
            "Find the import that grew it, or raise scripts/budget.json with the reason in the commit.",
        );
      }
    }
  }
  return problems;
}

/** A table of sizes against the budget, for people. */
export function sizeTable(
  sizes: ReadonlyMap<string, BundleSize>,
  budget: Record<string, BundleSize>,
): string {
  const cell = (value: number | undefined) =>
    (value === undefined ? "none" : (value / 1000).toFixed(1)).padStart(9);
  const rows = [...sizes].map(
    ([name, size]) =>
      `${name.padEnd(20)} ${cell(size.raw)} ${cell(budget[name]?.raw)} ${cell(size.gzip)} ${cell(budget[name]?.gzip)}`,
  );
  return [`${"action".padEnd(20)}    raw kB    budget   gzip kB    budget`, ...rows].join("\n");
}
