import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createScanner, type ScannerOptions } from "#ship/docker";
import { manualClock, readEnvironment, recordingLog, systemExec } from "#ship/kit";
import { type InstalledScanners, installScanners } from "#ship/simulators";

/** Scanners on a machine of their own. */
export interface ScanWorld {
  readonly folder: string;
  readonly temporary: string;
  readonly workspace: string;
  readonly scanners: InstalledScanners;
  readonly clock: ReturnType<typeof manualClock>;
  readonly log: ReturnType<typeof recordingLog>;
  scanner(
    options?: Partial<ScannerOptions>,
    variables?: Readonly<Record<string, string>>,
  ): ReturnType<typeof createScanner>;
}

/** Sets up a machine with the named scanners on PATH. */
export function scanWorld(which?: readonly ("trivy" | "grype")[]): ScanWorld {
  const folder = mkdtempSync(join(tmpdir(), "ship-scanners-"));
  const temporary = join(folder, "temp");
  const workspace = join(folder, "workspace");
  mkdirSync(temporary);
  mkdirSync(workspace);
  mkdirSync(join(folder, "bin"));
  const scanners = installScanners(join(folder, "bin"), which);
  const clock = manualClock(Date.UTC(2026, 10, 27));
  const log = recordingLog();
  return {
    folder,
    temporary,
    workspace,
    scanners,
    clock,
    log,
    scanner: (options = {}, variables = {}) =>
      createScanner({
        wish: { kind: "auto" },
        checksum: undefined,
        exec: systemExec,
        environment: readEnvironment({
          PATH: `${scanners.path}:/usr/bin:/bin`,
          RUNNER_TEMP: temporary,
          GITHUB_WORKSPACE: workspace,
          ...variables,
        }),
        variables: {},
        clock,
        log,
        ...options,
      }),
  };
}
