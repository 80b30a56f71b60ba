/** What the actions and reusable workflows of this repository ask of their callers. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { findActions } from "../bundling/actions.ts";
import { rootAction } from "../bundling/manifest.ts";
import { reusableWorkflows } from "../bundling/publish.ts";
import { readManifest } from "../docs/manifest.ts";

/** Names a caller may and must pass. A required name is satisfied by any of its spellings. */
export interface Contract {
  readonly what: "action" | "workflow";
  readonly inputs: ReadonlySet<string>;
  readonly requiredInputs: readonly (readonly string[])[];
  readonly secrets: ReadonlySet<string>;
  readonly requiredSecrets: readonly string[];
}

/** Contracts by path as consumers write it after `org/ship/`: `deploy-ecs`, `.github/workflows/server.yml`; `""` is the root action. */
export type Contracts = ReadonlyMap<string, Contract>;

const declarations = z
  .record(
    z.string(),
    z.looseObject({ required: z.boolean().default(false), default: z.unknown().optional() }).nullable(),
  )
  .nullish();
const callable = z.looseObject({
  on: z.union([
    z.literal("workflow_call"),
    z.array(z.string()),
    z.looseObject({
      workflow_call: z.looseObject({ inputs: declarations, secrets: declarations }).nullable(),
    }),
  ]),
});

/** Reads the contracts of the repository at `root`. Fails on a manifest or workflow it cannot read. */
export function readContracts(root: string): Contracts {
  const contracts = new Map<string, Contract>();
  for (const action of findActions(root)) {
    const contract = actionContract(
      readFileSync(action.manifest, "utf8"),
      `actions/${action.name}/action.yml`,
    );
    contracts.set(action.name, contract);
    if (action.name === rootAction) contracts.set("", contract);
  }
  for (const file of reusableWorkflows(root)) {
    const path = `.github/workflows/${file}`;
    contracts.set(path, workflowContract(readFileSync(join(root, path), "utf8"), path));
  }
  return contracts;
}

/** The contract in the text of an action.yml. */
export function actionContract(source: string, file: string): Contract {
  const { inputs } = readManifest(source, file);
  return {
    what: "action",
    inputs: new Set(inputs.flatMap((input) => [input.name, ...input.aliases])),
    requiredInputs: inputs
      .filter((input) => input.required && input.default === undefined)
      .map((input) => [input.name, ...input.aliases]),
    secrets: new Set(),
    requiredSecrets: [],
  };
}

/** The contract in the text of a reusable workflow. Fails when its `on.workflow_call` has another shape. */
export function workflowContract(source: string, file: string): Contract {
  const parsed = callable.safeParse(parse(source));
  if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
  const { on } = parsed.data;
  const call = typeof on === "string" || Array.isArray(on) ? undefined : on.workflow_call;
  const inputs = Object.entries(call?.inputs ?? {});
  const secrets = Object.entries(call?.secrets ?? {});
  return {
    what: "workflow",
    inputs: new Set(inputs.map(([name]) => name)),
    requiredInputs: inputs
      .filter(([, input]) => input?.required && input.default === undefined)
      .map(([name]) => [name]),
    secrets: new Set(secrets.map(([name]) => name)),
    requiredSecrets: secrets.filter(([, secret]) => secret?.required).map(([name]) => name),
  };
}
