/** Applies the house rules to a whole repository. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { checkFile, type Violation } from "./rules.ts";

/** Checks every TypeScript file in the actions, packages and scripts of the repository at `root`. */
export function checkHouse(root: string): Violation[] {
  return ["actions", "packages", "scripts"]
    .flatMap((top) => sourcesUnder(join(root, top)))
    .flatMap((path) => checkFile(relative(root, path).replaceAll(sep, "/"), readFileSync(path, "utf8")));
}

function sourcesUnder(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.split(sep).includes("node_modules"))
    .map((file) => join(folder, file))
    .sort();
}

/** One line for people and editors: `file:line: rule. What to do.` */
export function describeViolation({ file, line, rule, remedy }: Violation): string {
  return `${file}:${line}: ${rule}. ${remedy}`;
}
