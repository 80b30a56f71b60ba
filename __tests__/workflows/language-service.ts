/** GitHub's own language service over this repository's workflows. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { registerLogger, validate } from "@actions/languageservice";
import { TextDocument } from "vscode-languageserver-textdocument";
import { findActions } from "../../scripts/bundling/actions.ts";
import { readManifest } from "../../scripts/docs/manifest.ts";
import type { WorkflowText } from "../../scripts/workflows/documents.ts";

// The service logs its own failures and then finds nothing; here those are failures.
const failures: string[] = [];
registerLogger({
  error: (message) => failures.push(message),
  warn: () => {},
  info: () => {},
  log: () => {},
});
let documents = 0;

/** Answers GitHub's findings about a workflow or action file of the repository at `root`, as `file:line: finding`. */
export async function findings(root: string, text: WorkflowText): Promise<string[]> {
  // The service remembers what it parsed by address, and tells workflows from manifests by it.
  documents += 1;
  const name = /action\.ya?ml$/.test(text.file) ? "action.yml" : ".github/workflows/workflow.yml";
  const document = TextDocument.create(`file:///${documents}/${name}`, "yaml", 1, text.source);
  const diagnostics = await validate(document, {
    fileProvider: {
      getFileContent(reference) {
        const name = reference.path.replace(/^\.\//, "");
        return Promise.resolve({ name, content: readFileSync(join(root, name), "utf8") });
      },
    },
    actionsMetadataProvider: {
      // The contracts of other people's actions are not in this repository.
      fetchActionMetadata: ({ owner, name, path }) =>
        Promise.resolve(
          owner === "org" && name === "ship" ? metadataOf(root, path ?? "preflight") : undefined,
        ),
    },
  });
  if (failures.length > 0) throw new Error(`${text.file}: ${failures.splice(0).join("\n")}`);
  return diagnostics
    .map(({ range, message }) => ({
      line: range.start.line,
      message: typeof message === "string" ? message : message.value,
    }))
    .filter(({ message }) => !isForeign(message))
    .map(({ line, message }) => `${text.file}:${text.firstLine + line}: ${message}`);
}

function metadataOf(root: string, path: string) {
  const action = findActions(root).find(({ name }) => name === path);
  if (!action) return undefined;
  const { name, description, inputs, outputs } = readManifest(readFileSync(action.manifest, "utf8"), path);
  return {
    name,
    description,
    inputs: Object.fromEntries(
      inputs.flatMap((input) =>
        [input.name, ...input.aliases].map((spelling) => [
          spelling,
          {
            description: input.description,
            required: input.required && input.aliases.length === 0,
            ...(input.default === undefined ? {} : { default: input.default }),
          },
        ]),
      ),
    ),
    outputs: Object.fromEntries(outputs.map((output) => [output.name, { description: output.description }])),
  };
}

function isForeign(message: string): boolean {
  const unresolved = /Unable to resolve action `([^`]+)`/.exec(message)?.[1];
  return unresolved !== undefined && !unresolved.startsWith("org/ship");
}
