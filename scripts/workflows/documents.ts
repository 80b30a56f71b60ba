/** Every workflow people run or copy: files, templates, published copies, and code blocks in the pages. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** Where a workflow comes from decides what is asked of it. */
export type Kind = "own" | "template" | "published" | "example";

/** The text of one workflow, or of a part of one in a page. Line 1 of `source` is line `firstLine` of `file`. */
export interface WorkflowText {
  readonly file: string;
  readonly firstLine: number;
  readonly kind: Kind;
  /** A page may show only jobs or steps; everything else must be whole. */
  readonly extent: "whole" | "jobs" | "steps";
  readonly source: string;
}

const folders: readonly (readonly [string, Kind])[] = [
  [".github/workflows", "own"],
  ["workflows-templates", "template"],
  ["dist/.github/workflows", "published"],
];

/** Finds all workflow texts under the repository `root`; file names are relative to it. */
export function findWorkflowTexts(root: string): WorkflowText[] {
  const files = folders.flatMap(([folder, kind]) =>
    filesIn(root, folder, /\.ya?ml$/).map((file): WorkflowText => {
      const source = readFileSync(join(root, file), "utf8");
      return { file, firstLine: 1, kind, extent: "whole", source };
    }),
  );
  const actionPages = filesIn(root, "actions", /^[^/]+$/).map((folder) => `${folder}/README.md`);
  const pages = ["README.md", ...actionPages, ...filesIn(root, "docs", /\.md$/)];
  const examples = pages
    .filter((page) => existsSync(join(root, page)))
    .flatMap((page) => examplesIn(page, readFileSync(join(root, page), "utf8")));
  return [...files, ...examples];
}

/**
 * The workflows and parts of workflows among the YAML code blocks of a Markdown `page`. Those marked `yaml before` show what
 * people come from, in other actions' own manner, and are left out.
 */
export function examplesIn(file: string, page: string): WorkflowText[] {
  const examples: WorkflowText[] = [];
  for (const block of page.matchAll(/^( *)```ya?ml(?! before)[^\n]*\n([\s\S]*?)^ *```/gm)) {
    const [whole, indent = "", body = ""] = block;
    const source = body.replaceAll(new RegExp(`^${indent}`, "gm"), "");
    const extent = extentOf(source);
    const firstLine =
      page.slice(0, block.index).split("\n").length +
      whole.slice(0, whole.indexOf("\n") + 1).split("\n").length -
      1;
    if (extent) examples.push({ file, firstLine, kind: "example", extent, source });
  }
  return examples;
}

function extentOf(source: string): WorkflowText["extent"] | undefined {
  const content: unknown = parse(source, { logLevel: "silent" });
  if (Array.isArray(content)) return content.some(isStep) ? "steps" : undefined;
  if (typeof content !== "object" || content === null) return undefined;
  if ("on" in content && "jobs" in content) return "whole";
  if ("jobs" in content) return "jobs";
  if ("steps" in content) return "steps";
  return Object.values(content).some(
    (job) => isStep(job) || (typeof job === "object" && job !== null && "steps" in job),
  )
    ? "jobs"
    : undefined;
}

function isStep(value: unknown): boolean {
  return typeof value === "object" && value !== null && ("uses" in value || "run" in value);
}

function filesIn(root: string, folder: string, pattern: RegExp): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder))
    .filter((file) => pattern.test(file))
    .sort()
    .map((file) => `${folder}/${file}`);
}
