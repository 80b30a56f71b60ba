/** Checks what a workflow uses: that it exists, is pinned, and is passed what it asks for. */
import { distance } from "fastest-levenshtein";
import type { Contract, Contracts } from "./contracts.ts";

/** One `uses` with what it is passed. `secrets` is `undefined` where none are passed, "inherit" where all are. */
export interface Call {
  readonly uses: string;
  /** The comment behind `uses`, without `#`. */
  readonly comment: string;
  readonly inputs: readonly string[];
  readonly secrets: readonly string[] | "inherit";
  readonly by: "job" | "step";
}

/** This repository's name as people write it; the part before the slash stands for their organisation. */
export const repository = "org/ship";

/**
 * Where a `uses` leads: a path in the published tree, or someone else's repository.
 * `$/` and `./` mean this repository; `./dist/` is the published tree seen from a checkout.
 */
export function resolve(uses: string): { readonly path: string } | { readonly foreign: string } {
  const own = new RegExp(`^${repository}(?:/([^@]+))?@(.+)$`).exec(uses);
  if (own) return { path: own[1] ?? "" };
  const [, start, path = ""] = /^([$.])\/(.*)$/.exec(uses) ?? [];
  if (start === undefined) return { foreign: uses };
  return { path: (start === "." ? path.replace(/^dist(?:\/|$)/, "") : path).replace(/\/$/, "") };
}

/** What is wrong with a call, one sentence each. */
export function checkCall(call: Call, contracts: Contracts): string[] {
  const target = resolve(call.uses);
  if ("foreign" in target) return checkPin(call);
  const contract = contracts.get(target.path);
  if (!contract) {
    const known = [...contracts.keys()].filter((path) => path !== "").join(", ");
    return [`"${call.uses}" leads to nothing in this repository; there are: ${known || "no actions yet"}`];
  }
  if ((contract.what === "workflow") !== (call.by === "job")) {
    return [
      `"${call.uses}" is ${contract.what === "workflow" ? "a reusable workflow and belongs to a job" : "an action and belongs into a step"}`,
    ];
  }
  return [...checkVersion(call), ...checkInputs(call, contract), ...checkSecrets(call, contract)];
}

function checkPin({ uses, comment }: Call): string[] {
  if (uses.startsWith("docker://")) {
    return /@sha256:[0-9a-f]{64}$/.test(uses)
      ? []
      : [`"${uses}" is not pinned: end it with @sha256:<digest>`];
  }
  if (!/@[0-9a-f]{40}$/.test(uses)) {
    return [`"${uses}" is not pinned: write the full commit SHA, with its version as a comment (# v1.2.3)`];
  }
  return /^\s*v\d+\.\d+\.\d+\s*$/.test(comment)
    ? []
    : [`"${uses}" does not say its version: add the comment # v1.2.3`];
}

function checkVersion({ uses }: Call): string[] {
  const version = uses.startsWith(repository) ? uses.split("@")[1] : undefined;
  return version === undefined || /^v\d+(\.\d+\.\d+)?$/.test(version)
    ? []
    : [`"${uses}" must name a release such as @v1`];
}

function checkInputs({ uses, inputs }: Call, contract: Contract): string[] {
  const unknown = inputs
    .filter((name) => !contract.inputs.has(name))
    .map((name) => `"${uses}" has no input "${name}"${nearest(name, contract.inputs)}`);
  const missing = contract.requiredInputs
    .filter((spellings) => !spellings.some((name) => inputs.includes(name)))
    .map(([name]) => `"${uses}" requires the input "${name}"`);
  return [...unknown, ...missing];
}

function checkSecrets({ uses, secrets }: Call, contract: Contract): string[] {
  if (secrets === "inherit") return [];
  const unknown = secrets
    .filter((name) => !contract.secrets.has(name))
    .map((name) => `"${uses}" has no secret "${name}"${nearest(name, contract.secrets)}`);
  const missing = contract.requiredSecrets
    .filter((name) => !secrets.includes(name))
    .map((name) => `"${uses}" requires the secret "${name}"`);
  return [...unknown, ...missing];
}

function nearest(name: string, known: ReadonlySet<string>): string {
  const [best] = [...known].sort((a, b) => distance(name, a) - distance(name, b));
  return best === undefined ? "; it has none" : `; did you mean "${best}"?`;
}
