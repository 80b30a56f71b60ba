import { createHash } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import { access, realpath, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Environment, ShipError } from "#ship/kit";

/**
 * The absolute path of a program: on PATH, or, where its name has a slash, from the workspace on.
 * `undefined` when there is none.
 */
export async function findProgram(name: string, environment: Environment): Promise<string | undefined> {
  const folders = (environment.variable("PATH") ?? "").split(delimiter).filter(isAbsolute);
  const candidates = name.includes("/")
    ? [environment.path(name)]
    : folders.map((folder) => join(folder, name));
  for (const candidate of candidates) {
    if (await isProgram(candidate)) return candidate;
  }
  return undefined;
}

/**
 * Compares a program's SHA-256 with the pinned one and answers the path of exactly the file that was read, links resolved.
 * @param checksum 64 hex digits in lower case
 * @throws ShipError `SCANNER_CHECKSUM_MISMATCH` with both checksums
 */
export async function checkedProgram(path: string, checksum: string): Promise<string> {
  const file = await realpath(path);
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  const found = hash.digest("hex");
  if (found === checksum) return file;
  throw new ShipError(
    "SCANNER_CHECKSUM_MISMATCH",
    `${path} has the SHA-256 checksum ${found}; scanner-checksum is ${checksum}. The program was not started.`,
  );
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
