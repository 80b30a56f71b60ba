/** What the documents need of an action.yml. */
import { isMap, isScalar, LineCounter, parseDocument } from "yaml";
import { z } from "zod";

const text = z.string().trim().min(1, "must not be empty");
const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const manifestFile = z.looseObject({
  name: text,
  description: text,
  inputs: z
    .record(
      z.string(),
      z.strictObject({
        description: text,
        required: z.boolean().default(false),
        default: scalar.optional(),
        deprecationMessage: text.optional(),
      }),
    )
    .nullish(),
  outputs: z.record(z.string(), z.looseObject({ description: text })).nullish(),
});

/** One input people set, with the other spellings it is accepted under. */
export interface InputRow {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  readonly default: string | undefined;
  readonly aliases: readonly string[];
}

/** A token permission and what it is for. */
export interface PermissionRow {
  readonly scope: string;
  readonly access: string;
  readonly purpose: string;
}

/** An action's contract as the documents show it. */
export interface Manifest {
  readonly name: string;
  readonly description: string;
  readonly inputs: readonly InputRow[];
  readonly outputs: readonly { readonly name: string; readonly description: string }[];
  readonly permissions: readonly PermissionRow[];
}

/**
 * Reads the text of an action.yml. Fails with every problem found, each with `file` and the path of the field.
 *
 * Two conventions carry what GitHub's format has no place for: an input whose description begins "Alias of `name`" is
 * another spelling of that input, and the token permissions stand in a comment block:
 *
 *     # permissions:
 *     #   id-token: write # to assume the role
 */
export function readManifest(source: string, file: string): Manifest {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines });
  const [malformed] = document.errors;
  if (malformed) throw new Error(`${file}: ${malformed.message}`);
  const parsed = manifestFile.safeParse(document.toJS());
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      (issue) =>
        `${file}: ${issue.path.join(".")}: ${issue.message}${issue.path.at(-1) === "description" ? ". Say what it is for; the documents are made from it" : ""}.`,
    );
    throw new Error(problems.join("\n"));
  }
  const { name, description, inputs, outputs } = parsed.data;
  return {
    name,
    description: oneLine(description),
    inputs: inputRows(inputs ?? {}, file),
    outputs: Object.entries(outputs ?? {}).map(([output, value]) => ({
      name: output,
      description: oneLine(value.description),
    })),
    permissions: readPermissions(source, file),
  };
}

type DeclaredInputs = NonNullable<z.infer<typeof manifestFile>["inputs"]>;

function inputRows(declared: DeclaredInputs, file: string): InputRow[] {
  const aliases = new Map<string, string[]>();
  for (const [name, { description }] of Object.entries(declared)) {
    const meant = aliasOf(description);
    if (meant === undefined) continue;
    if (!(meant in declared))
      throw new Error(`${file}: inputs.${name}: it is an alias of "${meant}", which is not declared.`);
    aliases.set(meant, [...(aliases.get(meant) ?? []), name]);
  }
  return Object.entries(declared)
    .filter(([, { description }]) => aliasOf(description) === undefined)
    .map(([name, input]) => ({
      name,
      description: oneLine(input.description),
      required: input.required,
      default: input.default,
      aliases: aliases.get(name) ?? [],
    }));
}

function aliasOf(description: string): string | undefined {
  return /^(?:Alias of|Same as) [`"]?([\w-]+)[`"]?/.exec(description.trim())?.[1];
}

function readPermissions(source: string, file: string): PermissionRow[] {
  const missing = () =>
    new Error(
      `${file}: the comment block "# permissions:" is missing. List what the job's token needs, one "#   scope: access # purpose" a line, or write "# permissions: {}".`,
    );
  const lines = source.split(/\r?\n/);
  const start = lines.findIndex((line) => /^# permissions:/.test(line));
  const first = lines[start];
  if (first === undefined) throw missing();
  const block = ["permissions:"];
  for (const line of lines.slice(start + 1)) {
    if (!/^# {2,}\S/.test(line)) break;
    block.push(line.slice(1));
  }
  if (/^# permissions: *\{\}/.test(first)) return [];
  const permissions = parseDocument(block.join("\n")).get("permissions");
  if (!isMap(permissions) || permissions.items.length === 0) throw missing();
  return permissions.items.map(({ key, value }) => {
    if (!isScalar(key) || !isScalar(value) || !["read", "write", "none"].includes(String(value.value))) {
      throw new Error(
        `${file}: the permissions block must hold "scope: read", "write" or "none" only; found ${String(key)}: ${String(value)}.`,
      );
    }
    return { scope: String(key.value), access: String(value.value), purpose: (value.comment ?? "").trim() };
  });
}

function oneLine(prose: string): string {
  return prose.trim().replace(/\s*\n\s*/g, " ");
}
