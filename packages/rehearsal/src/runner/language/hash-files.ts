import { createHash } from "node:crypto";
import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * `hashFiles()`: SHA-256 over the SHA-256 of each file below `workspace` that matches, in path order; empty when none does.
 * A pattern with a leading `!` takes files out.
 */
export function hashFiles(workspace: string, patterns: readonly string[]): string {
  const lines = patterns.flatMap((pattern) => pattern.split(/\r?\n/)).map((line) => line.trim());
  const found = new Set<string>();
  for (const line of lines.filter((line) => line !== "" && !line.startsWith("#"))) {
    const negated = line.startsWith("!");
    for (const path of globSync(negated ? line.slice(1) : line, { cwd: workspace })) {
      if (negated) found.delete(path);
      else if (statSync(join(workspace, path)).isFile()) found.add(path);
    }
  }
  if (found.size === 0) return "";
  const whole = createHash("sha256");
  for (const path of [...found].sort()) {
    whole.update(
      createHash("sha256")
        .update(readFileSync(join(workspace, path)))
        .digest(),
    );
  }
  return whole.digest("hex");
}
