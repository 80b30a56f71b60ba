/** TypeScript → JavaScript: `tsc` over exactly what the actions reach, into `build/`. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { ActionFolder } from "./actions.ts";
import { runNode } from "./program.ts";

/**
 * Compiles the entries of `actions` and everything they import into `root`/build, mirroring the source folders.
 * Fails with the compiler's messages.
 */
export async function compile(root: string, actions: readonly ActionFolder[]): Promise<void> {
  const build = join(root, "build");
  rmSync(build, { recursive: true, force: true });
  mkdirSync(build, { recursive: true });
  const project = {
    extends: "../tsconfig.json",
    compilerOptions: { rootDir: "..", outDir: "." },
    files: actions.map((action) => relative(build, action.entry)),
    include: [],
  };
  writeFileSync(join(build, "tsconfig.json"), JSON.stringify(project, undefined, 2));
  await runNode(join(root, "node_modules/typescript/lib/tsc.js"), ["--project", "build"], root);
  // Written after tsc, which resolves #ship/* through the repository's own package.json to the sources.
  writeFileSync(
    join(build, "package.json"),
    JSON.stringify({
      type: "module",
      imports: { "#ship/*": "./packages/*/src/index.js" },
      // Importing a module only declares things, so what an action does not use of a package stays out of its bundle.
      sideEffects: ["./actions/*/src/main.js"],
    }),
  );
}
