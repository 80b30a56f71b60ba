/** Every generated page as it should be. */
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type ActionFolder, findActions } from "../bundling/actions.ts";
import { programsIn, rootAction } from "../bundling/manifest.ts";
import { fillActionPage, undeclaredInputs } from "./action-page.ts";
import { errorPage } from "./error-page.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { fillSection, markdownTable } from "./sections.ts";

/** A file under the repository: what it holds now (`undefined` when it is not there) and what it should hold. */
export interface Page {
  readonly file: string;
  readonly current: string | undefined;
  readonly expected: string;
}

/** What stands in the way of correct documents, and the pages that could be made. */
export interface Documents {
  readonly pages: readonly Page[];
  readonly problems: readonly string[];
}

/** Makes all generated pages of the repository at `root`; changes nothing. */
export function makeDocuments(root: string): Documents {
  const pages: Page[] = [];
  const problems: string[] = [];
  const index: { readonly action: ActionFolder; readonly manifest: Manifest }[] = [];
  const attempt = (work: () => void) => {
    try {
      work();
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  };
  const current = (file: string) =>
    existsSync(join(root, file)) ? readFileSync(join(root, file), "utf8") : undefined;
  const written = (file: string) => {
    const text = current(file);
    if (text === undefined)
      throw new Error(`${file} is missing. Write it; \`npm run docs\` fills its tables.`);
    return text;
  };

  let actions: readonly ActionFolder[] = [];
  attempt(() => {
    actions = findActions(root);
  });
  for (const action of actions) {
    attempt(() => {
      const source = readFileSync(action.manifest, "utf8");
      const manifest = readManifest(source, relative(root, action.manifest));
      index.push({ action, manifest });
      if (action.name === rootAction) {
        pages.push({ file: "action.yml", current: current("action.yml"), expected: rootManifest(source) });
      }
      const file = relative(root, action.readme);
      const page = written(file);
      const lost = undeclaredInputs(page, manifest).map(
        (name) =>
          `${file} documents the input "${name}", which ${relative(root, action.manifest)} does not declare. Declare it, or delete its row.`,
      );
      if (lost.length > 0) throw new Error(lost.join("\n"));
      pages.push({ file, current: page, expected: fillActionPage(page, manifest, file) });
    });
  }
  attempt(() => {
    const page = written("README.md");
    const rows = index.map(({ action, manifest }) => [
      `[\`${action.name}\`](actions/${action.name}/README.md)`,
      manifest.description,
    ]);
    pages.push({
      file: "README.md",
      current: page,
      expected: fillSection(page, "actions", markdownTable(["Action", "What it does"], rows), "README.md"),
    });
  });
  pages.push({ file: "docs/errors.md", current: current("docs/errors.md"), expected: errorPage() });
  return { pages, problems };
}

/** The repository's own action.yml, so that `uses: ./` works in a checkout too. */
function rootManifest(preflight: string): string {
  return `# Generated from actions/${rootAction}/action.yml by \`npm run docs\`.\n${programsIn(preflight, `dist/${rootAction}`)}`;
}
