import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { marked } from "marked";
import * as z from "zod";
import {
  createReportFolder,
  type Finding,
  judgeScan,
  parseAllowList,
  type ScanFacts,
  scanPage,
  writeReports,
  writeSarif,
} from "#ship/images";
import { finding } from "./findings.ts";

/** What SARIF 2.1.0 demands (OASIS Standard, §3.13 to §3.49) of the members we write, and code scanning on top of it. */
const level = z.enum(["none", "note", "warning", "error"]);
const message = z.strictObject({ text: z.string().min(1) });
const sarif = z.strictObject({
  $schema: z.url(),
  version: z.literal("2.1.0"),
  runs: z.array(
    z.strictObject({
      tool: z.strictObject({
        driver: z.strictObject({
          name: z.string().min(1),
          rules: z.array(
            z.strictObject({
              id: z.string().min(1),
              name: z.string(),
              shortDescription: message,
              defaultConfiguration: z.strictObject({ level }),
              helpUri: z.url().optional(),
              help: message,
              properties: z.strictObject({
                "security-severity": z.string().regex(/^\d+\.\d$/),
                tags: z.array(z.string()),
              }),
            }),
          ),
        }),
      }),
      properties: z.strictObject({ imageName: z.string() }),
      results: z.array(
        z.strictObject({
          ruleId: z.string(),
          ruleIndex: z.int().nonnegative(),
          level,
          message,
          locations: z
            .array(
              z.strictObject({
                physicalLocation: z.strictObject({
                  // RFC 3986, relative: no scheme, no leading slash.
                  artifactLocation: z.strictObject({
                    uri: z.string().regex(/^[\w.~!$&'()*+,;=@%-][\w.~!$&'()*+,;=@%/-]*$/),
                    uriBaseId: z.string(),
                  }),
                  region: z.strictObject({ startLine: z.int().min(1) }),
                }),
                message,
              }),
            )
            .length(1),
          partialFingerprints: z.record(z.string(), z.string()),
        }),
      ),
    }),
  ),
});

const read = (findings: readonly Finding[]) =>
  sarif.parse(JSON.parse(writeSarif({ image: "shop:1", scanner: "trivy", findings }))).runs[0];

describe("the SARIF report", () => {
  it("is valid for whatever a scanner may say", () => {
    const odd = [
      finding(),
      finding({ id: "CVE-2026-2", target: "", title: "", url: "", installed: "" }),
      finding({ id: "CVE-2026-3", target: "/usr/lib/ä b/[x]?#.so", url: "javascript:alert(1)" }),
      finding({ id: "CVE-2026-4", target: "ghcr.io/octo/shop:1 (alpine 3.21)", severity: "unknown" }),
      finding({ id: "CVE-2026-6", target: "\ud800" }),
      finding({ id: "CVE-2026-5", target: "C:\\app\\x.dll", package: "line\nend" }),
    ];
    expect(read(odd)?.results).toHaveLength(6);
  });

  it("has one rule per vulnerability and one result per package, which points to it", () => {
    const run = read([
      finding(),
      finding({ package: "libssl" }),
      finding({ id: "CVE-2026-2", severity: "low" }),
    ]);
    expect(run?.tool.driver.rules.map(({ id }) => id)).toEqual(["CVE-2026-1000", "CVE-2026-2"]);
    expect(run?.results.map(({ ruleIndex, level }) => [ruleIndex, level])).toEqual([
      [0, "error"],
      [0, "error"],
      [1, "note"],
    ]);
    expect(new Set(run?.results.map((one) => one.partialFingerprints["primaryLocationLineHash"])).size).toBe(
      3,
    );
  });

  it.each([
    ["critical", 9.0, 10.0],
    ["high", 7.0, 8.9],
    ["medium", 4.0, 6.9],
    ["unknown", 4.0, 6.9],
    ["low", 0.1, 3.9],
  ] as const)("gives %s a score that code scanning reads as such", (severity, least, most) => {
    const score = Number(
      read([finding({ severity })])?.tool.driver.rules[0]?.properties["security-severity"],
    );
    expect(score).toBeGreaterThanOrEqual(least);
    expect(score).toBeLessThanOrEqual(most);
  });

  it("of a clean image is a run without results", () => {
    expect(read([])).toMatchObject({ results: [] });
  });
});

function facts(findings: readonly Finding[], allow = ""): ScanFacts {
  const policy = { threshold: "high", counts: "all", allowed: parseAllowList(allow) } as const;
  const verdict = judgeScan(findings, policy, "2026-11-27");
  return { image: "shop:1", scanner: "grype", findings, policy, verdict, warnings: [] };
}

describe("the page about a scan", () => {
  it("says verdict, counts by severity, and what was allowed and why", () => {
    const page = scanPage(
      facts(
        [
          finding(),
          finding({ id: "CVE-2026-2", severity: "critical" }),
          finding({ id: "CVE-2026-3", severity: "low" }),
        ],
        "CVE-2026-1000 until 2026-12-31 not reachable\nCVE-2026-2 until 2026-01-01\nCVE-1999-1 until 2026-12-31",
      ),
      20,
    );
    expect(page).toContain(
      "`shop:1`: 1 vulnerability at high or above. Scanned by grype: 1 critical, 1 high, 1 low.",
    );
    expect(page).toContain("| **critical** | [CVE-2026-2](https://nvd.example/CVE-2026-1000)");
    expect(page).toContain("| CVE-2026-1000 | openssl 3.0.1 → 3.0.2 | 2026-12-31 | not reachable |");
    expect(page).toContain("CVE-2026-2 was allowed until 2026-01-01 (line 2).");
    expect(page).toContain("CVE-1999-1 (line 3) is allowed, but not in the image");
    expect(page).not.toContain("| low |");
  });

  it("shows the worst and counts the rest", () => {
    const many = Array.from({ length: 30 }, (_, index) => finding({ id: `CVE-2026-${100 + index}` }));
    const page = scanPage(facts(many), 20);
    expect(page.match(/^\| \*\*high/gm)).toHaveLength(20);
    expect(page).toContain("10 more at high or above");
  });

  it("shows hostile words of a package as they are", async () => {
    const page = scanPage(
      facts([
        finding({ title: "<img src=x> | `x` [a](javascript:1)", url: "javascript:alert(1)", package: "a|b" }),
      ]),
      20,
    );
    const html = await marked.parse(page);
    expect(html).not.toMatch(/<img|href="javascript/);
    expect(html.match(/<td>/g)).toHaveLength(4);
  });
});

describe("the reports", () => {
  const temporary = mkdtempSync(join(tmpdir(), "ship-reports-"));
  afterAll(() => rmSync(temporary, { recursive: true, force: true }));

  it("are files below the runner's temporary folder in the order asked for; the table is the Markdown one", async () => {
    const folder = await createReportFolder(temporary);
    expect(folder.startsWith(temporary)).toBe(true);
    const paths = await writeReports(
      facts([finding(), finding({ id: "CVE-2026-3", severity: "low" })]),
      '{"SchemaVersion":2}',
      ["sarif", "table", "markdown", "json"],
      folder,
      "scan",
    );
    expect(paths.map((path) => basename(path))).toEqual(["scan.sarif", "scan.md", "scan.json"]);
    const [sarifFile = "", page = "", raw = ""] = paths.map((path) => readFileSync(path, "utf8"));
    expect(JSON.parse(sarifFile).runs[0].results).toHaveLength(1);
    expect(page).toContain("CVE-2026-1000");
    expect(raw).toBe('{"SchemaVersion":2}');
  });
});
