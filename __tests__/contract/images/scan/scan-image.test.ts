import { existsSync, readFileSync, rmSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { parseAllowList, type ScanPolicy, scanImage } from "#ship/images";
import { type ScanWorld, scanWorld } from "./world.ts";

let world: ScanWorld;
beforeEach(() => {
  world = scanWorld();
  world.scanners.set({
    vulnerabilities: [
      { id: "CVE-2026-1", severity: "critical", package: "curl", installed: "8.5.0", fixed: "8.5.1" },
      { id: "CVE-2026-2", severity: "low", package: "zlib", installed: "1.3" },
    ],
  });
});
afterEach(() => rmSync(world.folder, { recursive: true, force: true }));

function scan(policy: Partial<ScanPolicy> = {}) {
  return scanImage(
    { kind: "reference", reference: "sha256:1234", store: "docker" },
    {
      policy: { threshold: "high", counts: "all", allowed: [], ...policy },
      formats: ["json", "sarif", "markdown"],
      temporary: world.temporary,
    },
    { scanner: world.scanner(), clock: world.clock, log: world.log, signal: new AbortController().signal },
    "ghcr.io/octo/shop:1",
  );
}

describe("the scan of an image", () => {
  it("that is stopped names it by the name people know, and still writes the reports", async () => {
    const { failure, reports, summary } = await scan();
    expect(failure).toMatchObject({
      code: "SCAN_FAILED",
      message: expect.stringContaining("ghcr.io/octo/shop:1 has 1 vulnerability"),
    });
    expect(reports.map((path) => existsSync(path))).toEqual([true, true, true]);
    const [raw = "", sarif = ""] = reports;
    expect(JSON.parse(readFileSync(raw, "utf8"))).toMatchObject({ SchemaVersion: 2 });
    expect(JSON.parse(readFileSync(sarif, "utf8")).runs[0].results).toHaveLength(1);
    expect(summary).toContain("1 critical, 1 low");
  });

  it("passes what is allowed today by the clock of this run, and says which lines can go", async () => {
    const allowed = parseAllowList("CVE-2026-1 until 2026-11-27\nCVE-2020-9 until 2027-01-01");
    const { failure, verdict } = await scan({ allowed });
    expect(failure).toBeUndefined();
    expect(verdict.allowed).toHaveLength(1);
    expect(world.log.lines).toContain(
      "notice: scan-allow: CVE-2020-9 (line 2) is not in the image; the line can go.",
    );
    await world.clock.advance(24 * 3_600_000);
    expect((await scan({ allowed })).failure?.message).toContain("CVE-2026-1 was allowed until 2026-11-27");
  });
});
