import { chmod, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes `directory` walkable for other users: PostgreSQL refuses to run as root, so as root it runs as another user.
 * Folders above it are not ours to change: rejects naming the one that is closed.
 */
export async function letOthersReach(directory: string): Promise<void> {
  const closed = await closedFolderAbove(directory);
  if (closed !== undefined) {
    throw new Error(
      `PostgreSQL does not run as root, and the user it runs as cannot reach ${directory}, because ${closed} is ` +
        `closed to other users. Open it with: chmod o+x ${closed}, or work in another folder, or as another user.`,
    );
  }
  const { mode } = await stat(directory);
  await chmod(directory, (mode & 0o7777) | 0o011);
}

/** The nearest folder above `path` that other users cannot pass; undefined when they can pass all. */
export async function closedFolderAbove(path: string): Promise<string | undefined> {
  const folder = dirname(path);
  const { mode } = await stat(folder);
  if ((mode & 0o001) === 0) return folder;
  return folder === dirname(folder) ? undefined : closedFolderAbove(folder);
}
