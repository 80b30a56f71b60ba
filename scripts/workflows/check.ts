/** The house rules for workflows, beyond what GitHub's language service knows. */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from "yaml";
import { type Call, checkCall } from "./calls.ts";
import type { Contracts } from "./contracts.ts";
import type { WorkflowText } from "./documents.ts";

/** Checks one workflow text; answers complaints as `file:line: what is wrong`. */
export function checkWorkflow(text: WorkflowText, contracts: Contracts): string[] {
  const lines = new LineCounter();
  const document = parseDocument(text.source, { lineCounter: lines });
  const complaints: string[] = [];
  const complain = (offset: number | undefined, complaint: string) => {
    const { line } = lines.linePos(offset ?? 0);
    complaints.push(`${text.file}:${text.firstLine + Math.max(line, 1) - 1}: ${complaint}`);
  };
  for (const error of document.errors) complain(error.pos[0], error.message);
  if (document.errors.length > 0) return complaints;

  if (text.extent === "whole" && !document.has("permissions")) {
    complain(0, "the workflow has no top-level permissions: start from `permissions: {}` and grant per job");
  }
  visit(document, {
    Map(_key, map, path) {
      const uses = scalarAt(map, "uses");
      // `with` holds values for somebody else: a key `uses` in there is not a call.
      if (!uses || path.some((ancestor) => isKeyed(ancestor, "with"))) return;
      const parent = path.at(-1);
      const call = readCall(map, uses.value, uses.comment, isSeq(parent) ? "step" : "job");
      for (const complaint of checkCall(call, contracts)) complain(uses.offset, complaint);
      if (call.secrets === "inherit" && text.kind !== "own" && text.kind !== "published") {
        complain(uses.offset, "`secrets: inherit` hands over every secret: name the ones that are needed");
      }
    },
    Pair(_key, pair, path) {
      if (!isKeyed(pair, "run") || !isScalar(pair.value) || typeof pair.value.value !== "string") return;
      // `defaults.run` is a map; a step's `run` is text that a shell will read.
      if (path.some((ancestor) => isKeyed(ancestor, "with"))) return;
      const risky = /\$\{\{(?:(?!\}\}).)*\bgithub\s*\.\s*(?:event|head_ref)\b(?:(?!\}\}).)*\}\}/s.exec(
        pair.value.value,
      );
      if (risky) {
        complain(
          pair.value.range?.[0],
          `${risky[0]} inside \`run\` lets whoever wrote it run commands: pass it through \`env\``,
        );
      }
    },
  });
  return complaints;
}

function readCall(map: YAMLMap, uses: string, comment: string, by: Call["by"]): Call {
  const secrets = map.get("secrets", true);
  return {
    uses,
    comment,
    by,
    inputs: keysOf(map.get("with", true)),
    secrets: isScalar(secrets) && secrets.value === "inherit" ? "inherit" : keysOf(secrets),
  };
}

function keysOf(node: unknown): string[] {
  if (isAlias(node) || !isMap(node)) return [];
  return node.items.map(({ key }) => (isScalar(key) ? String(key.value) : String(key)));
}

function scalarAt(
  map: YAMLMap,
  key: string,
): { value: string; comment: string; offset: number | undefined } | undefined {
  const node = map.get(key, true);
  if (!isScalar(node) || typeof node.value !== "string") return undefined;
  return { value: node.value, comment: node.comment ?? "", offset: node.range?.[0] };
}

function isKeyed(node: unknown, key: string): node is Pair {
  return (
    typeof node === "object" && node !== null && "key" in node && isScalar(node.key) && node.key.value === key
  );
}
