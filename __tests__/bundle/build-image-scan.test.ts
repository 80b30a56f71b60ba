import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { beforeEach, describe, expect, it } from "@jest/globals";
import { type InstalledScanners, installScanners } from "#ship/simulators";
import { imageWorld, password, sha } from "./image-world.ts";

const world = imageWorld();
let scanners: InstalledScanners;
beforeEach(() => {
  scanners = installScanners(join(world.workspace, "../scanners"));
  scanners.set({
    vulnerabilities: [
      { id: "CVE-2026-0001", severity: "critical", package: "openssl", installed: "3.0.1", fixed: "3.0.2" },
      { id: "CVE-2026-0002", severity: "high", package: "zlib", installed: "1.2" },
      { id: "CVE-2026-0003", severity: "low", package: "curl", installed: "8.0", fixed: "8.1" },
    ],
  });
});

const scan = (inputs: Readonly<Record<string, string>>) =>
  world.build(
    { scan: "high", ...inputs },
    { variables: { PATH: `${scanners.path}:${world.docker.path}:${process.env["PATH"]}` } },
  );
const allow = (...ids: readonly string[]) => ids.map((id) => `${id} until 2099-12-31 accepted`).join("\n");

describe("a scan", () => {
  it.each(["trivy", "grype"])(
    "by %s that finds too much pushes nothing, and names the reports",
    async (scanner) => {
      const step = await scan({ scanner, "scan-formats": "json\nsarif\nmarkdown" });
      expect(step.exitCode).toBe(1);
      expect(step.errors[0]).toContain("SCAN_FAILED");
      expect(step.errors[0]).toContain("2 vulnerabilities");
      expect(step.errors[0]).toContain("CVE-2026-0001 (critical) in openssl 3.0.1");
      expect(step.errors[0]).toContain("Nothing was pushed");
      expect(world.tags()).toEqual({});
      expect(step.outputs["tags"]).toBeUndefined();
      const reports = step.outputs["scan-report"]?.split("\n") ?? [];
      expect(reports.map((path) => basename(path))).toEqual(["scan.json", "scan.sarif", "scan.md"]);
      expect(JSON.parse(readFileSync(reports[1] ?? "", "utf8"))).toMatchObject({ version: "2.1.0" });
      expect(step.summary).toContain("CVE-2026-0002");
      expect(step.summary).toMatch(
        /\| \*\*critical\*\* \| \[CVE-2026-0001\].* \| openssl 3\.0\.1 → 3\.0\.2 \|/,
      );
    },
  );

  it("below the threshold pushes, and the page says what was found", async () => {
    const step = await scan({ "scan-allow": allow("CVE-2026-0001", "CVE-2026-0002") });
    expect(step.errors).toEqual([]);
    expect(Object.keys(world.tags())).toEqual([sha]);
    expect(step.outputs["scan-report"]).toMatch(/scan\.json$/);
    expect(step.summary).toContain("CVE-2026-0001");
  });

  it("lets pass what no version fixes, when asked", async () => {
    const step = await scan({ "scan-fixable-only": "true", "scan-allow": allow("CVE-2026-0001") });
    expect(step.errors).toEqual([]);
    expect(step.outputs["result"]).toBe("pushed");
  });

  it("counts what an expired entry allowed, and says when it ended", async () => {
    world.write("allow.txt", "# agreed", "CVE-2026-0002 until 2026-01-31 vendor says so");
    const step = await scan({ "scan-allow": allow("CVE-2026-0001"), "scan-allow-file": "allow.txt" });
    expect(step.errors[0]).toContain("SCAN_FAILED");
    expect(step.errors[0]).toContain("CVE-2026-0002 was allowed until 2026-01-31 (allow.txt line 2)");
    expect(world.tags()).toEqual({});
  });

  it("with a program that is not the pinned one stops before the build", async () => {
    const step = await scan({ scanner: "trivy", "scanner-checksum": "0".repeat(64) });
    expect(step.errors[0]).toContain("SCANNER_CHECKSUM_MISMATCH");
    expect(scanners.calls()).toEqual([]);
    expect(world.calls()).toEqual([]);
    expect(step.outputs["scan-report"]).toBeUndefined();
  });

  it("runs the pinned program", async () => {
    const program = readFileSync(join(scanners.path, "grype"));
    const checksum = createHash("sha256").update(program).digest("hex");
    const step = await scan({
      scan: "critical",
      scanner: "grype",
      "scanner-checksum": `sha256:${checksum}`,
      "scan-allow": allow("CVE-2026-0001"),
    });
    expect(step.errors).toEqual([]);
    expect(scanners.calls().map(({ scanner }) => scanner)).toEqual(["grype"]);
  });

  it("by a command of the user's own gets the image in place of {image}", async () => {
    const step = await scan({
      "scanner-command": `${join(scanners.path, "trivy")} image --format json {image}`,
    });
    expect(step.errors[0]).toContain("SCAN_FAILED");
    const [call] = scanners.calls();
    expect(call?.arguments.slice(0, 3)).toEqual(["image", "--format", "json"]);
    expect(call?.arguments[3]).not.toContain("{image}");
  });

  it("survives a database that is throttled once", async () => {
    scanners.set({ vulnerabilities: [], faults: ["throttled"] });
    const step = await scan({ scanner: "trivy" });
    expect(step.errors).toEqual([]);
    expect(scanners.calls()).toHaveLength(2);
  });

  it.each(["empty", "cut", "foreign"] as const)(
    "whose report is %s is no clean scan: nothing is pushed",
    async (fault) => {
      scanners.set({ vulnerabilities: [], faults: Array.from({ length: 6 }, () => fault) });
      const step = await scan({ scanner: "trivy" });
      expect(step.errors[0]).toContain("SCANNER_FAILED");
      expect(world.tags()).toEqual({});
    },
  );

  it("without a scanner says so before the build", async () => {
    const step = await world.build({ scan: "high" }, { variables: { PATH: `${world.docker.path}` } });
    expect(step.errors[0]).toContain("TOOL_MISSING: The scanner trivy or grype is not on PATH");
    expect(world.calls()).toEqual([]);
  });

  it("shows the scanner no secret of the step", async () => {
    await scan({ secrets: "npm=hunter2-hunter2", "scan-allow": allow("CVE-2026-0001", "CVE-2026-0002") });
    const seen = JSON.stringify(scanners.calls());
    for (const secret of ["hunter2-hunter2", password]) expect(seen).not.toContain(secret);
    expect(scanners.calls()).toHaveLength(1);
  });
});

describe("a test command", () => {
  it("runs in the built image before anything is pushed", async () => {
    const step = await world.build({ "test-command": '/bin/sh -c "echo it works"' });
    expect(step.errors).toEqual([]);
    expect(step.stdout).toContain("it works");
    const verbs = world.calls().map((call) => call.arguments.slice(0, 2).join(" "));
    expect(verbs.indexOf("run --rm")).toBeGreaterThan(verbs.indexOf("buildx build"));
    expect(step.summary).toMatch(/\| Test \| .*\|/);
  });

  it("that fails pushes nothing, and its last words are the reason", async () => {
    const step = await world.build({
      "test-command": '/bin/sh -c "echo starting; echo cannot find config.yml; exit 7"',
    });
    expect(step.exitCode).toBe(1);
    expect(step.errors[0]).toContain("IMAGE_TEST_FAILED");
    expect(step.errors[0]).toContain("exit code 7; it said last: cannot find config.yml");
    expect(world.tags()).toEqual({});
    expect(world.registry.requests.filter((request) => !/^(?:GET|HEAD)/.test(request))).toEqual([]);
    for (const name of ["tags", "tags-json", "version", "labels", "image", "digest"])
      expect(step.outputs[name]).toBeUndefined();
    expect(world.leftovers()).toEqual([]);
  });
});
