/** What a source file imports and does, read from its syntax tree. */
import { parseSync } from "@swc/core";

/** One import or re-export. `use` is "type" when nothing of it remains at run time. */
export interface Import {
  readonly specifier: string;
  readonly use: "type" | "value";
  readonly line: number;
}

/** Things the house rules speak of, with the 1-based line they stand on. */
export interface Trait {
  readonly what: "process.env" | "try" | "console" | "default";
  readonly line: number;
}

/** The facts the rules need of one file. */
export interface Syntax {
  readonly imports: readonly Import[];
  readonly traits: readonly Trait[];
}

type Node = Readonly<Record<string, unknown>> & { readonly type: string };

/** Parses TypeScript `source`. Fails with the parser's message when it is not TypeScript. */
export function readSyntax(source: string): Syntax {
  const imports: Import[] = [];
  const traits: Trait[] = [];
  const lineOf = lineCounter(source);
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const item of value) visit(item);
    } else if (typeof value === "object" && value !== null) {
      if (isNode(value)) {
        const line = lineOf(startOf(value));
        const found = importIn(value);
        if (found) imports.push({ ...found, line });
        const what = traitOf(value);
        if (what) traits.push({ what, line });
      }
      for (const child of Object.values(value)) visit(child);
    }
  };
  visit(parseSync(source, { syntax: "typescript", target: "es2024" }).body);
  return { imports, traits };
}

function importIn(node: Node): Omit<Import, "line"> | undefined {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportNamedDeclaration":
    case "ExportAllDeclaration": {
      const specifier = textOf(node["source"]);
      return specifier === undefined ? undefined : { specifier, use: isTypeOnly(node) ? "type" : "value" };
    }
    case "TsImportType": {
      const specifier = textOf(node["argument"]);
      return specifier === undefined ? undefined : { specifier, use: "type" };
    }
    case "CallExpression": {
      if (!isNode(node["callee"]) || node["callee"].type !== "Import" || !Array.isArray(node["arguments"]))
        return undefined;
      const [argument]: unknown[] = node["arguments"];
      const specifier = isRecord(argument) ? textOf(argument["expression"]) : undefined;
      return specifier === undefined ? undefined : { specifier, use: "value" };
    }
    default:
      return undefined;
  }
}

function isTypeOnly(node: Node): boolean {
  if (node["typeOnly"] === true) return true;
  const specifiers = node["specifiers"];
  return (
    Array.isArray(specifiers) &&
    specifiers.length > 0 &&
    specifiers.every((specifier: unknown) => isRecord(specifier) && specifier["isTypeOnly"] === true)
  );
}

function traitOf(node: Node): Trait["what"] | undefined {
  switch (node.type) {
    case "TryStatement":
      return "try";
    case "AssignmentPattern":
      return "default";
    case "AssignmentPatternProperty":
      return node["value"] ? "default" : undefined;
    case "BinaryExpression":
      return (node["operator"] === "??" || node["operator"] === "||") && isLiteral(node["right"])
        ? "default"
        : undefined;
    case "MemberExpression":
      if (isNamed(node["object"], "console")) return "console";
      return isNamed(node["object"], "process") && isNamed(node["property"], "env")
        ? "process.env"
        : undefined;
    default:
      return undefined;
  }
}

/** A value written out. An empty list or record is none: it says that nothing was given. */
function isLiteral(value: unknown): boolean {
  if (!isNode(value)) return false;
  const parts = value["elements"] ?? value["properties"];
  return value.type.endsWith("Literal") || (Array.isArray(parts) && parts.length > 0);
}

function isNamed(value: unknown, name: string): boolean {
  return isNode(value) && value.type === "Identifier" && value["value"] === name;
}

function textOf(value: unknown): string | undefined {
  return isNode(value) && value.type === "StringLiteral" && typeof value["value"] === "string"
    ? value["value"]
    : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isNode(value: unknown): value is Node {
  return isRecord(value) && typeof value["type"] === "string";
}

function startOf(node: Node): number {
  const span = node["span"];
  return isRecord(span) && typeof span["start"] === "number" ? span["start"] : 1;
}

/** The parser counts bytes of UTF-8 from 1. */
function lineCounter(source: string): (start: number) => number {
  const bytes = Buffer.from(source);
  return (start) => bytes.subarray(0, start - 1).filter((byte) => byte === 0x0a).length + 1;
}
