import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  cleanWorld,
  readCalls,
  readWorld,
  type ScannerCall,
  type ScannerWorld,
  writeWorld,
} from "./world.ts";

const command = fileURLToPath(new URL("command.ts", import.meta.url));

/** A folder that stands for installed scanners: put it first on PATH. */
export interface InstalledScanners {
  readonly path: string;
  /** Changes what the scanners find and how they fail from now on. */
  set(world: Partial<ScannerWorld>): void;
  /** How often and how each was started. */
  calls(): readonly ScannerCall[];
}

/**
 * Installs stand-ins of Trivy and Grype. They write reports in the exact shape of the real ones and fail in their words;
 * they look into no image, but find what {@link InstalledScanners.set} plants.
 */
export function installScanners(
  directory: string,
  which: readonly ("trivy" | "grype")[] = ["trivy", "grype"],
): InstalledScanners {
  const state = join(directory, "scanner-state");
  mkdirSync(state, { recursive: true });
  writeWorld(state, cleanWorld);
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  for (const name of which) {
    const program = join(directory, name);
    writeFileSync(
      program,
      `#!/bin/sh\nexec ${quote(process.execPath)} --no-warnings ${quote(command)} ${quote(state)} ${name} "$@"\n`,
    );
    chmodSync(program, 0o755);
  }
  return {
    path: directory,
    set(changes) {
      writeWorld(state, { ...readWorld(state), ...changes });
    },
    calls: () => readCalls(state),
  };
}
