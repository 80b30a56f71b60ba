/** The generated tables of an action's README. */
import type { InputRow, Manifest } from "./manifest.ts";
import { fillSection, markdownTable, readSection } from "./sections.ts";

/**
 * Answers the README `page` of an action with its tables brought up to date. Fails when the page's tables document an
 * input that the manifest no longer declares, because that is more often a lost input than a stale page.
 */
export function fillActionPage(page: string, manifest: Manifest, file: string): string {
  return [
    { name: "inputs", content: inputTable(manifest.inputs) },
    { name: "outputs", content: outputTable(manifest) },
    { name: "permissions", content: permissionTable(manifest) },
  ].reduce((filled, section) => fillSection(filled, section.name, section.content, file), page);
}

/** Inputs that the tables of `page` document but `manifest` does not declare. */
export function undeclaredInputs(page: string, manifest: Manifest): string[] {
  const declared = new Set(manifest.inputs.flatMap((input) => [input.name, ...input.aliases]));
  const documented = readSection(page, "inputs").matchAll(/^\| `([\w-]+)`/gm);
  return [...documented].map(([, name]) => name ?? "").filter((name) => !declared.has(name));
}

function inputTable(inputs: readonly InputRow[]): string {
  if (inputs.length === 0) return "This action has no inputs.";
  const withAliases = inputs.some((input) => input.aliases.length > 0);
  const head = ["Input", "Required", "Default", "Description", ...(withAliases ? ["Also accepted as"] : [])];
  return markdownTable(
    head,
    inputs.map((input) => [
      `\`${input.name}\``,
      input.required ? "yes" : "no",
      input.default ? code(input.default) : "",
      input.description,
      ...(withAliases ? [input.aliases.map(code).join(", ")] : []),
    ]),
  );
}

function outputTable({ outputs }: Manifest): string {
  if (outputs.length === 0) return "This action has no outputs.";
  return markdownTable(
    ["Output", "Description"],
    outputs.map((output) => [code(output.name), output.description]),
  );
}

function permissionTable({ permissions }: Manifest): string {
  if (permissions.length === 0) return "The job's token needs no permissions.";
  return markdownTable(
    ["Permission", "Access", "For"],
    permissions.map(({ scope, access, purpose }) => [code(scope), code(access), purpose]),
  );
}

function code(value: string): string {
  return `\`${value.trimEnd().replaceAll("\n", " ")}\``;
}
