import { isAlias, isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument } from "yaml";
import type { Position, Problems } from "./problems.ts";

/** A parsed YAML value that remembers where it stood. */
export type SourceNode = ScalarNode | SequenceNode | MappingNode;

export interface ScalarNode {
  readonly kind: "scalar";
  readonly at: Position;
  readonly value: string | number | boolean | null;
}

export interface SequenceNode {
  readonly kind: "sequence";
  readonly at: Position;
  readonly items: readonly SourceNode[];
}

export interface Entry {
  readonly key: string;
  /** Where the key stands. */
  readonly at: Position;
  readonly value: SourceNode;
}

export interface MappingNode {
  readonly kind: "mapping";
  readonly at: Position;
  readonly entries: readonly Entry[];
}

/**
 * Parses one YAML 1.2 document, as GitHub does (anchors yes, merge keys no).
 * `file` is how messages call it. Syntax errors go to `problems` and answer undefined.
 */
export function parseSource(file: string, text: string, problems: Problems): SourceNode | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  for (const error of document.errors)
    problems.add(position(error.pos[0]), `not valid YAML: ${error.message}`);
  if (document.errors.length > 0) return undefined;

  const convert = (node: ParsedNode | null, fallback: Position): SourceNode => {
    if (node === null) return { kind: "scalar", at: fallback, value: null };
    const at = node.range ? position(node.range[0]) : fallback;
    if (isAlias(node)) {
      const target = node.resolve(document);
      return convert(target ? (target as ParsedNode) : null, at);
    }
    if (isMap(node)) {
      const entries = node.items.map((pair) => {
        const keyAt = pair.key.range ? position(pair.key.range[0]) : at;
        const key = isScalar(pair.key) ? String(pair.key.value) : pair.key.toString();
        return { key, at: keyAt, value: convert(pair.value, keyAt) };
      });
      return { kind: "mapping", at, entries };
    }
    if (isSeq(node)) return { kind: "sequence", at, items: node.items.map((item) => convert(item, at)) };
    const value: unknown = isScalar(node) ? node.value : null;
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      return { kind: "scalar", at, value };
    }
    return { kind: "scalar", at, value: value === null ? null : String(value) };
  };
  return convert(document.contents, { file, line: 1, column: 1 });
}
