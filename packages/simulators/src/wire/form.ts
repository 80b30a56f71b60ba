import type { JsonObject } from "../service.ts";
import { CommonFault } from "./common-fault.ts";

type Tree = Map<string, string | Tree>;

/**
 * Reads the parameters of a Query request into nested objects: `A.member.1.B=x` and `A.1.B=x` both become
 * `{A: [{B: "x"}]}`, `A.entry.1.key=k&A.entry.1.value=v` becomes `{A: {k: "v"}}`. Values stay text.
 * Throws a `CommonFault` of kind `serialization` when a name is used both as value and as structure.
 */
export function decodeForm(form: URLSearchParams): JsonObject {
  const root: Tree = new Map();
  for (const [name, value] of form) {
    if (name !== "Action" && name !== "Version") place(root, name, value);
  }
  return Object.fromEntries([...root].map(([name, child]) => [name, plain(child)]));
}

function place(root: Tree, name: string, value: string): void {
  const steps = name.split(".");
  const last = steps.pop() ?? name;
  let tree = root;
  for (const step of steps) {
    const child = tree.get(step) ?? new Map();
    if (typeof child === "string") throw contradiction(name);
    tree.set(step, child);
    tree = child;
  }
  if (tree.get(last) instanceof Map) throw contradiction(name);
  tree.set(last, value);
}

function contradiction(name: string): CommonFault {
  return new CommonFault(
    "serialization",
    `The parameter ${name} is given both as a value and as a structure.`,
  );
}

function plain(node: string | Tree): unknown {
  if (typeof node === "string") return node;
  const members = onlyChild(node, "member");
  if (members && isNumbered(members)) return list(members);
  const entries = onlyChild(node, "entry");
  if (entries && isNumbered(entries)) return map(entries);
  if (isNumbered(node)) return list(node);
  return Object.fromEntries([...node].map(([name, child]) => [name, plain(child)]));
}

function onlyChild(tree: Tree, name: string): Tree | undefined {
  const child = tree.size === 1 ? tree.get(name) : undefined;
  return child instanceof Map ? child : undefined;
}

function isNumbered(tree: Tree): boolean {
  return tree.size > 0 && [...tree.keys()].every((key) => /^[1-9]\d*$/.test(key));
}

function inOrder(tree: Tree): (string | Tree)[] {
  return [...tree].sort(([a], [b]) => Number(a) - Number(b)).map(([, child]) => child);
}

function list(tree: Tree): unknown[] {
  return inOrder(tree).map(plain);
}

function map(tree: Tree): JsonObject {
  return Object.fromEntries(
    inOrder(tree).flatMap((entry) => {
      if (typeof entry === "string") return [];
      const key = entry.get("key");
      const value = entry.get("value");
      return typeof key === "string" && value !== undefined ? [[key, plain(value)] as const] : [];
    }),
  );
}
