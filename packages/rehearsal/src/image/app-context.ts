import { cp, mkdir, readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

/**
 * Prepares a Node app's build context without a package registry: copies the app's folder and, as its node_modules, the
 * production dependencies as they are installed above it. Rejects naming a dependency that is not installed.
 * Dependencies that npm had to nest come along inside the package that needs them.
 */
export async function prepareAppContext(options: {
  readonly app: string;
  readonly directory: string;
}): Promise<void> {
  const app = resolve(options.app);
  const { directory } = options;
  await cp(app, directory, {
    recursive: true,
    filter: (source) => source !== join(app, "node_modules"),
  });
  const modules = join(directory, "node_modules");
  await mkdir(modules, { recursive: true });

  const copied = new Set<string>();
  const copyDependencies = async (from: string): Promise<void> => {
    for (const name of await dependenciesOf(from)) {
      const installed = await findInstalled(name, from);
      const nested = installed.startsWith(`${from}/`);
      if (!nested && copied.has(name)) continue;
      if (!nested) {
        copied.add(name);
        await cp(installed, join(modules, name), { recursive: true });
      }
      await copyDependencies(installed);
    }
  };
  await copyDependencies(app);
}

async function dependenciesOf(folder: string): Promise<readonly string[]> {
  const manifest: unknown = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  if (typeof manifest !== "object" || manifest === null || !("dependencies" in manifest)) return [];
  const { dependencies } = manifest;
  return typeof dependencies === "object" && dependencies !== null ? Object.keys(dependencies) : [];
}

/** Looks where Node would: in node_modules of the folder and of every folder above. */
async function findInstalled(name: string, from: string): Promise<string> {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name);
    const found = await stat(candidate).catch(() => undefined);
    if (found?.isDirectory()) return candidate;
    if (folder === dirname(folder)) {
      throw new Error(`The package ${name}, which ${from} depends on, is not installed. Run: npm ci`);
    }
  }
}
