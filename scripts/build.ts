/**
 * Builds the published tree: `npm run build`, or `npm run build -- --only deploy-ecs` for one action while working.
 *
 * The result depends on nothing but the sources and package-lock.json: the same bytes in any folder, on Node 20 and 24.
 * Nothing in dist/ changes unless the whole build succeeds.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type ActionFolder, findActions } from "./bundling/actions.ts";
import { measureBundle, overBudget, readBudget, sizeTable } from "./bundling/budget.ts";
import { bundle } from "./bundling/bundle.ts";
import { compile } from "./bundling/compile.ts";
import { inParallel } from "./bundling/program.ts";
import { publishAction, publishRoot, replaceTree } from "./bundling/publish.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

function chooseActions(all: readonly ActionFolder[], only: readonly string[]): readonly ActionFolder[] {
  const names = all.map((action) => action.name);
  const unknown = only.find((name) => !names.includes(name));
  if (unknown)
    throw new Error(`--only ${unknown}: there is no such action. The actions are: ${names.join(", ")}.`);
  return only.length === 0 ? all : all.filter((action) => only.includes(action.name));
}

async function build(only: readonly string[]): Promise<void> {
  const actions = chooseActions(findActions(root), only);
  if (actions.length === 0) throw new Error("There is nothing to build: actions/ holds no action.");
  await compile(root, actions);

  const tree = join(root, "build/dist");
  const sizes = new Map(
    await inParallel(actions, 2, async (action) => {
      await bundle(root, action, join(tree, action.name));
      publishAction(action, tree);
      return [action.name, measureBundle(join(tree, action.name))] as const;
    }),
  );
  const budget = readBudget(join(root, "scripts/budget.json"));
  console.log(sizeTable(sizes, budget));
  const problems = overBudget(sizes, budget);
  if (problems.length > 0) throw new Error(problems.join("\n"));

  if (only.length === 0) {
    publishRoot(root, actions, tree);
    replaceTree(tree, join(root, "dist"));
  } else {
    mkdirSync(join(root, "dist"), { recursive: true });
    for (const { name } of actions) replaceTree(join(tree, name), join(root, "dist", name));
    rmSync(tree, { recursive: true });
  }
}

try {
  const { values } = parseArgs({ options: { only: { type: "string", multiple: true, default: [] } } });
  await build(values.only);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
