/**
 * Writes the generated parts of the documents: `npm run docs`; `-- --check` changes nothing and fails on drift.
 *
 * Sources are the manifests in actions/ and the kit's error catalogue. An undescribed action, input or output, and a
 * documented input that is not declared, fail in both modes.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { makeDocuments } from "./docs/pages.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });

const { pages, problems } = makeDocuments(root);
const stale = pages.filter((page) => page.current !== page.expected);
const complaints = [...problems];
for (const { file, expected } of stale) {
  if (values.check) {
    complaints.push(`${file} is out of date. Run \`npm run docs\` and commit the result.`);
  } else {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), expected);
    console.log(`wrote ${file}`);
  }
}
for (const complaint of complaints) console.error(complaint);
process.exitCode = complaints.length > 0 ? 1 : 0;
