import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type ScanSubject, writeSarif } from "#ship/images";
import { type ScanWorld, scanWorld } from "./world.ts";

const reference = { kind: "reference", reference: "ghcr.io/octo/shop:1", store: "docker" } as const;
const never = new AbortController().signal;

let world: ScanWorld;
beforeEach(() => {
  world = scanWorld();
});
afterEach(() => rmSync(world.folder, { recursive: true, force: true }));

/** A scanner of the user's in the workspace: a shell script that may print `document`. */
function own(script: string, document = ""): void {
  mkdirSync(join(world.workspace, "tools"), { recursive: true });
  const path = join(world.workspace, "tools/scan");
  writeFileSync(join(world.workspace, "document"), document);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}
const scan = (words: readonly string[], subject: ScanSubject = reference) =>
  world.scanner({ wish: { kind: "command", words: ["tools/scan", ...words] } }).scan(subject, never);

/** The log that Trivy writes with `--format sarif` (aquasecurity/trivy: pkg/report/sarif.go). */
const trivySarif = JSON.stringify({
  version: "2.1.0",
  $schema: "https://json.schemastore.org/sarif-2.1.0.json",
  runs: [
    {
      tool: {
        driver: {
          name: "Trivy",
          rules: [
            {
              id: "CVE-2026-1",
              name: "OsPackageVulnerability",
              shortDescription: { text: "curl: a flaw" },
              helpUri: "https://avd.aquasec.com/nvd/cve-2026-1",
              defaultConfiguration: { level: "error" },
              properties: {
                precision: "very-high",
                "security-severity": "9.8",
                tags: ["vulnerability", "security", "CRITICAL"],
              },
            },
          ],
        },
      },
      results: [
        {
          ruleId: "CVE-2026-1",
          ruleIndex: 0,
          level: "error",
          message: {
            text: "Package: curl\nInstalled Version: 8.5.0-r0\nVulnerability CVE-2026-1\nSeverity: CRITICAL\nFixed Version: 8.5.1-r0\nLink: [CVE-2026-1](https://avd.aquasec.com/nvd/cve-2026-1)",
          },
          locations: [
            { physicalLocation: { artifactLocation: { uri: "octo/shop", uriBaseId: "ROOTPATH" } } },
          ],
        },
        { ruleId: "CVE-2026-1", kind: "notApplicable", level: "none", message: { text: "not affected" } },
      ],
    },
  ],
});

describe("the user's own scanner", () => {
  it("gets the image where it is written, else last, and its output is the report", async () => {
    own(`printf '{"matches":[],"descriptor":{"name":"'"$*"'"}}'`);
    expect(JSON.parse((await scan(["--image={image}", "--all"])).raw)).toMatchObject({
      descriptor: { name: "--image=ghcr.io/octo/shop:1 --all" },
    });
    expect(JSON.parse((await scan(["--all"])).raw)).toMatchObject({
      descriptor: { name: "--all ghcr.io/octo/shop:1" },
    });
  });

  it("gets the path of an archive, and may write its report into a file", async () => {
    own('cat document > "$2"; echo "$1" > seen; echo chatter', trivySarif);
    const archive = { kind: "archive", path: "/tmp/shop.tar", format: "docker" } as const;
    const report = await scan(["{image}", "{report}"], archive);
    expect(report.findings).toMatchObject([
      {
        id: "CVE-2026-1",
        severity: "critical",
        package: "curl",
        installed: "8.5.0-r0",
        fix: { kind: "version", version: "8.5.1-r0" },
        title: "curl: a flaw",
      },
    ]);
  });

  it("may say by its exit code that it found something", async () => {
    own("cat document; exit 3", trivySarif);
    expect((await scan([])).findings).toHaveLength(1);
  });

  it("that fails and lists nothing has failed", async () => {
    own('echo "FATAL broken" >&2; cat document; exit 3', '{"matches":[],"descriptor":{"name":"grype"}}');
    await expect(scan([])).rejects.toMatchObject({
      code: "SCANNER_FAILED",
      message:
        "The report of scan lists nothing, though the scanner failed. It ended with exit code 3: FATAL broken.",
    });
  });

  it.each([
    ["no run", { version: "2.1.0", runs: [] }, "holds no run"],
    [
      "a run that was cut short",
      { version: "2.1.0", runs: [{ tool: { driver: { name: "x" } } }] },
      "has no results of x",
    ],
    [
      "a run that failed",
      {
        version: "2.1.0",
        runs: [
          { tool: { driver: { name: "x" } }, invocations: [{ executionSuccessful: false }], results: [] },
        ],
      },
      "says that x did not succeed",
    ],
    ["an older SARIF", { version: "1.0.0", runs: [] }, "is no SARIF report: version"],
    ["Trivy's first schema", [{ Target: "x", Vulnerabilities: null }], "is no JSON object"],
    ["a later schema of Trivy", { SchemaVersion: 3, ArtifactName: "x" }, "is no Trivy report: SchemaVersion"],
    ["a Grype report without its mark", { matches: [] }, "is no Grype report: descriptor"],
    [
      "a finding without a name",
      { SchemaVersion: 2, ArtifactName: "x", Results: [{ Target: "y", Vulnerabilities: [{}] }] },
      "Results.0.Vulnerabilities.0",
    ],
    ["nothing", {}, "is none of Trivy's JSON"],
  ])("whose report has %s is a failure, never a pass", async (_case, document, words) => {
    own("cat document", JSON.stringify(document));
    await expect(scan([])).rejects.toMatchObject({
      code: "SCANNER_FAILED",
      message: expect.stringContaining(words),
    });
  });

  it.each([
    [{ properties: { "security-severity": "7.0" } }, undefined, "high"],
    [{ properties: { "security-severity": 4 } }, undefined, "medium"],
    [{ properties: { "security-severity": "0.0", tags: ["LOW"] } }, "error", "low"],
    [{ properties: { tags: ["security"] } }, "error", "high"],
    [{ defaultConfiguration: { level: "note" } }, undefined, "low"],
    [{}, undefined, "medium"],
    [{}, "none", "unknown"],
  ])("writes SARIF with the rule %j and level %s: it counts as %s", async (rule, level, severity) => {
    const results = [{ ruleId: "R-1", ...(level && { level }), message: { text: "x" } }];
    own(
      "cat document",
      JSON.stringify({
        version: "2.1.0",
        runs: [{ tool: { driver: { name: "x", rules: [{ id: "R-1", ...rule }] } }, results }],
      }),
    );
    expect((await scan([])).findings).toMatchObject([{ severity, fix: { kind: "unsaid" } }]);
  });

  it.each([
    ["Grype", { matches: [], ignoredMatches: [{}, {}], descriptor: { name: "grype" } }, "2 vulnerabilities"],
    [
      "Trivy",
      { SchemaVersion: 2, ArtifactName: "x", Results: [{ Target: "y", ExperimentalModifiedFindings: [{}] }] },
      "1 vulnerability",
    ],
  ])("that is %s and leaves something out by its own rules is told of", async (name, document, count) => {
    own("cat document", JSON.stringify(document));
    expect((await scan([])).warnings).toEqual([
      expect.stringContaining(`${name} left out ${count} by rules of its own configuration`),
    ]);
  });

  it("may be one that reads our own SARIF", async () => {
    const findings = [
      {
        id: "CVE-2026-1",
        aliases: [],
        severity: "critical" as const,
        package: "curl",
        installed: "1",
        fix: { kind: "none" as const },
        target: "usr/bin/curl",
        title: "curl: a flaw",
        url: "https://nvd.example/1",
      },
    ];
    own("cat document", writeSarif({ image: "shop:1", scanner: "trivy", findings }));
    expect((await scan([])).findings).toMatchObject([
      { id: "CVE-2026-1", severity: "critical", target: "usr/bin/curl", title: "curl: a flaw" },
    ]);
  });
});
