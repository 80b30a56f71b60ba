import { mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Environment } from "#ship/kit";
import type { Fields } from "../task-definition/schema.ts";

/**
 * Writes a task definition as a file for later steps of the job, as the render action does: readable by nobody else, in the
 * folder that the runner empties. Answers its path.
 */
export async function writeRendered(body: Fields, environment: Environment): Promise<string> {
  const folder = await mkdtemp(join(environment.temporary, "task-definition-"));
  const path = join(folder, "task-definition.json");
  await writeFile(path, `${JSON.stringify(body, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  return path;
}
