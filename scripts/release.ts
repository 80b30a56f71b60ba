/** Releases the current commit: `node scripts/release.ts --version 1.4.0 [--dry-run] [--remote origin]`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { z } from "zod";
import { gitIn } from "./release/git.ts";
import { githubReleases } from "./release/github.ts";
import { release } from "./release/release.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

try {
  const { values } = parseArgs({
    options: {
      version: { type: "string" },
      remote: { type: "string", default: "origin" },
      "dry-run": { type: "boolean", default: false },
    },
  });
  if (values.version === undefined) throw new Error("Name the version to release: --version 1.4.0.");
  const manifest = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(join(root, "package.json"), "utf8")));
  await release({
    git: gitIn(root),
    remote: values.remote,
    version: values.version,
    declaredVersion: manifest.version,
    announcements: githubReleases(root),
    mode: values["dry-run"] ? "dry-run" : "release",
    report: (line) => console.log(line),
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
