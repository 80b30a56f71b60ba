/** Which test files a command line means. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

export type Plan =
  | { readonly patterns: readonly string[]; readonly flags: readonly string[] }
  | { readonly problem: string };

/**
 * Reads the words of the command line under the repository `root`.
 * A word that is neither a tier nor an existing path, and a tier without tests, are problems: a misspelt tier must not
 * pass by running nothing. Paths, where given, narrow the run and replace the tiers.
 */
export function planRun(root: string, words: readonly string[]): Plan {
  const firstFlag = words.findIndex((word) => word.startsWith("-"));
  const named = firstFlag === -1 ? words : words.slice(0, firstFlag);
  const rest = firstFlag === -1 ? [] : words.slice(firstFlag);
  // npm puts a user's words behind the tiers of package.json, so a path may also follow a flag's value: that is jest's.
  const tiers: string[] = [];
  const paths: string[] = [];
  const known = tiersOf(root);
  for (const word of named) {
    if (known.includes(word)) tiers.push(word);
    else if (existsSync(join(root, word))) paths.push(word);
    else
      return {
        problem: `"${word}" is neither a test tier (${known.join(", ")}) nor a path in this repository.`,
      };
  }
  if (paths.length > 0) return { patterns: paths, flags: rest };
  if (tiers.length === 0) return { problem: `Name at least one test tier: ${known.join(", ")}.` };
  const empty = tiers.find((tier) => !hasTests(join(root, "__tests__", tier)));
  if (empty) return { problem: `The test tier "${empty}" has no *.test.ts file under __tests__/${empty}.` };
  return { patterns: tiers.map((tier) => `__tests__/${tier}/`), flags: rest };
}

function tiersOf(root: string): string[] {
  return readdirSync(join(root, "__tests__"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

function hasTests(folder: string): boolean {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).some((file) => file.endsWith(".test.ts"));
}
