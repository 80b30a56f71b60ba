import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Environment } from "#ship/kit";
import { type Finding, ok, problem } from "./check.ts";

/** Files and folders that later steps need. */
export function checkFiles(files: readonly string[], environment: Environment): Finding[] {
  return files.map((file) =>
    existsSync(environment.path(file))
      ? ok("file", `${file} exists`)
      : problem(
          "file",
          `${file} is not in the workspace: check the path, and that actions/checkout ran before`,
        ),
  );
}

/** Programs that later steps need. */
export function checkTools(tools: readonly string[], environment: Environment): Finding[] {
  const folders = (environment.variable("PATH") ?? "").split(delimiter).filter((folder) => folder !== "");
  return tools.map((tool) => {
    const found = folders.map((folder) => join(folder, tool)).find((path) => existsSync(path));
    return found
      ? ok("tool", `${tool} is ${found}`)
      : problem("tool", `${tool} is not on PATH: install it in an earlier step`);
  });
}

/** Values that must not be empty, such as variables and secrets of an environment. Values are never shown. */
export function checkRequired(values: Readonly<Record<string, string>>): Finding[] {
  return Object.entries(values).map(([name, value]) =>
    value.trim() === ""
      ? problem(
          "required",
          `${name} is empty: set it as a variable or secret of the repository or environment`,
        )
      : ok("required", `${name} is set`),
  );
}
