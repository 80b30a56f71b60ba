/** The actions of this repository, as the build and the documents see them. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** One folder under `actions/`. Paths are absolute. */
export interface ActionFolder {
  readonly name: string;
  readonly folder: string;
  readonly manifest: string;
  readonly readme: string;
  readonly entry: string;
}

/** Lists the actions under `root`/actions by name. A folder without `action.yml` is an error. */
export function findActions(root: string): ActionFolder[] {
  const actions = join(root, "actions");
  if (!existsSync(actions)) return [];
  return readdirSync(actions, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => describeAction(join(actions, entry.name), entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function describeAction(folder: string, name: string): ActionFolder {
  const manifest = join(folder, "action.yml");
  if (!existsSync(manifest)) {
    throw new Error(`actions/${name} has no action.yml. Add the contract, or remove the folder.`);
  }
  return { name, folder, manifest, readme: join(folder, "README.md"), entry: join(folder, "src/main.ts") };
}
