/** JavaScript → one self-contained folder per action, with ncc. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, relative } from "node:path";
import { minify } from "@swc/core";
import type { ActionFolder } from "./actions.ts";
import { runNode } from "./program.ts";

/** Name of the entry; lazy chunks are called `<number>.index.js`. */
const entry = "index.js";

/**
 * Bundles a compiled action into `target`: `index.js`, lazy chunks, `package.json` and `LICENSES.txt`.
 * Fails when the bundle names a folder of this machine, because it would then differ on the next one.
 */
export async function bundle(root: string, action: ActionFolder, target: string): Promise<void> {
  const compiled = join(root, "build", relative(root, action.entry).replace(/\.ts$/, ".js"));
  const ncc = join(root, "node_modules/@vercel/ncc/dist/ncc/cli.js");
  await runNode(
    ncc,
    [
      "build",
      compiled,
      "--out",
      target,
      "--minify",
      "--no-cache",
      "--quiet",
      "--target",
      "es2022",
      "--license",
      "LICENSES.txt",
    ],
    root,
  );
  const files = readdirSync(target, { recursive: true, encoding: "utf8" });
  for (const file of files.filter((name) => name.endsWith(`.${entry}`)))
    await minifyChunk(join(target, file));
  for (const file of files) {
    if (file.endsWith(".js") || file.endsWith(".txt"))
      refusePaths(root, join(target, file), `${action.name}/${file}`);
  }
}

/** ncc minifies the entry alone and leaves lazy chunks, which hold the SDKs, as they are. */
async function minifyChunk(path: string): Promise<void> {
  const { code } = await minify(readFileSync(path, "utf8"), { module: true, compress: true, mangle: true });
  writeFileSync(path, code);
}

function refusePaths(root: string, path: string, shown: string): void {
  const text = readFileSync(path, "utf8");
  for (const folder of [root.replace(/\/$/, ""), homedir()]) {
    const at = text.indexOf(`${folder}/`);
    if (folder.length > 1 && at !== -1) {
      const excerpt = text.slice(Math.max(0, at - 60), at + 100);
      throw new Error(
        `The bundle ${shown} contains the build machine's folder ${folder}: …${excerpt}… Find who reads import.meta.url or __dirname at build time.`,
      );
    }
  }
}
