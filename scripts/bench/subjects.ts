/** What is timed of each action. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { readManifest } from "../docs/manifest.ts";
import type { Subject } from "./measure.ts";

const inputsFile = z.record(z.string(), z.record(z.string(), z.string()));

/** Good inputs per action, enough to reach its first API call; from the YAML file at `path`. */
export function readInputs(path: string): z.infer<typeof inputsFile> {
  const parsed = inputsFile.safeParse(existsSync(path) ? parse(readFileSync(path, "utf8")) : {});
  if (!parsed.success) throw new Error(`${path}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** The runs of one action in the published `tree` of a checkout: to the first input error and, given good inputs, to the first API call. */
export function subjectsOf(
  tree: string,
  action: string,
  inputs: Record<string, string> | undefined,
  stub: string,
): Subject[] {
  const args = [join(tree, action, "index.js")];
  const manifest = readManifest(
    readFileSync(join(tree, action, "action.yml"), "utf8"),
    `${action}/action.yml`,
  );
  const defaults = Object.fromEntries(
    manifest.inputs.map((input) => [
      inputVariable(input.name),
      input.default?.includes("${{") ? "" : (input.default ?? ""),
    ]),
  );
  const wrong: Subject = {
    name: `${action} error`,
    args,
    environment: { ...defaults, [inputVariable("no-such-input")]: "x" },
    until: "error",
  };
  if (!inputs) return [wrong];
  const environment = {
    ...defaults,
    ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [inputVariable(name), value])),
    AWS_ENDPOINT_URL: stub,
    GITHUB_API_URL: stub,
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "example",
    GITHUB_WORKSPACE: dirname(tree),
    GITHUB_REPOSITORY: "org/shop",
    GITHUB_SHA: "0123456789abcdef0123456789abcdef01234567",
    GITHUB_REF: "refs/heads/main",
  };
  return [wrong, { name: `${action} call`, args, environment, until: "call" }];
}

/** The variable in which the runner passes an input. */
function inputVariable(name: string): string {
  return `INPUT_${name.replaceAll(" ", "_").toUpperCase()}`;
}
