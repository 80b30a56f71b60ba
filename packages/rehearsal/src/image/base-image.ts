import { chmod, copyFile, mkdir, realpath, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { hasProgram, runProgram } from "./run-program.ts";

/** Everything is in the context, so the build needs no network; USER is left to the image built on top. */
const DOCKERFILE = `FROM scratch
COPY rootfs/ /
ENV PATH=/usr/local/bin:/usr/bin:/bin
`;

const PASSWD = "root:x:0:0:root:/:/sbin/nologin\nnode:x:1000:1000:node:/tmp:/sbin/nologin\n";
const GROUP = "root:x:0:\nnode:x:1000:\n";

/** What to make the base image of. */
export interface BaseImageOptions {
  /** Empty or absent folder that becomes the build context. */
  readonly directory: string;
  /** The Node program to put into the image; the one running now when absent. */
  readonly node?: string;
}

/**
 * Prepares the build context of a minimal Node image: a root file system with the Node program, the libraries it is
 * linked with, the user `node` (1000) and a writable /tmp, on an empty base. Linux only, because it copies this machine's
 * libraries. Resolves when the context is complete; needs `ldd`, and makes the image smaller where `strip` is installed.
 */
export async function prepareBaseImage({
  directory,
  node = process.execPath,
}: BaseImageOptions): Promise<void> {
  if (process.platform !== "linux") {
    throw new Error(
      `A Node base image is made of this machine's libraries, which takes Linux, not ${process.platform}.`,
    );
  }
  const root = join(directory, "rootfs");
  const program = join(root, "usr/local/bin/node");
  await mkdir(dirname(program), { recursive: true });
  await copyFile(await realpath(node), program);
  await chmod(program, 0o755);
  for (const library of await librariesOf(node)) await copyInto(root, library);
  if (await hasProgram("strip")) await runProgram("strip", [program]);

  await mkdir(join(root, "tmp"), { recursive: true });
  await chmod(join(root, "tmp"), 0o1777);
  await mkdir(join(root, "etc"), { recursive: true });
  await writeFile(join(root, "etc/passwd"), PASSWD);
  await writeFile(join(root, "etc/group"), GROUP);
  await writeFile(join(directory, "Dockerfile"), DOCKERFILE);
}

/** Builds the prepared base image under `tag`, for example `node:24-slim`. Needs a Docker engine. */
export async function buildBaseImage(options: BaseImageOptions & { readonly tag: string }): Promise<void> {
  await prepareBaseImage(options);
  await runProgram("docker", ["build", "--tag", options.tag, options.directory]);
}

/** Absolute paths of the shared libraries and the loader a program is linked with. */
async function librariesOf(program: string): Promise<readonly string[]> {
  const listing = await runProgram("ldd", [program]);
  return [...listing.matchAll(/(\/\S+) \(0x/g)].flatMap(([, path]) => (path === undefined ? [] : [path]));
}

/** Copies a file to the same path under `root`, following links: the loader looks for the name, not for the file behind it. */
async function copyInto(root: string, path: string): Promise<void> {
  const target = join(root, path);
  await mkdir(dirname(target), { recursive: true });
  await copyFile(await realpath(path), target);
  await chmod(target, 0o755);
}
