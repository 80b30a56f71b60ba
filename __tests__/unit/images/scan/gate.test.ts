import { describe, expect, it } from "@jest/globals";
import { type Finding, judgeScan, parseAllowList, type ScanPolicy, scanFailure } from "#ship/images";
import { finding } from "./findings.ts";

const today = "2026-11-27";
const severities = ["negligible", "low", "unknown", "medium", "high", "critical"] as const;
const policy = (changes: Partial<ScanPolicy> = {}): ScanPolicy => ({
  threshold: "high",
  counts: "all",
  allowed: [],
  ...changes,
});
const judge = (findings: readonly Finding[], changes: Partial<ScanPolicy> = {}) =>
  judgeScan(findings, policy(changes), today);

describe("the gate", () => {
  it.each([
    ["low", ["low", "unknown", "medium", "high", "critical"]],
    ["medium", ["unknown", "medium", "high", "critical"]],
    ["high", ["high", "critical"]],
    ["critical", ["critical"]],
  ] as const)("at %s is stopped by %j", (threshold, stopping) => {
    const stopped = severities.filter(
      (severity) => judge([finding({ severity })], { threshold }).result === "fail",
    );
    expect(stopped).toEqual(stopping);
  });

  it("lets an image without findings pass", () => {
    expect(judge([])).toMatchObject({ result: "pass", deciding: [] });
  });

  it("counts what a version fixes, and what the report does not say, when only fixable ones count", () => {
    const { deciding } = judge(
      [
        finding({ id: "CVE-2026-1", fix: { kind: "version", version: "2" } }),
        finding({ id: "CVE-2026-2", fix: { kind: "none" } }),
        finding({ id: "CVE-2026-3", fix: { kind: "unsaid" } }),
      ],
      { counts: "fixable" },
    );
    expect(deciding.map(({ id }) => id)).toEqual(["CVE-2026-1", "CVE-2026-3"]);
  });

  it("names the worst first, each finding once", () => {
    const { deciding } = judge([
      finding({ id: "CVE-2026-2" }),
      finding({ id: "CVE-2026-1", fix: { kind: "none" } }),
      finding({ id: "CVE-2026-2" }),
      finding({ id: "CVE-2026-9", severity: "critical" }),
      finding({ id: "CVE-2026-2", package: "libssl" }),
    ]);
    expect(deciding.map(({ id, package: name }) => `${id} ${name}`)).toEqual([
      "CVE-2026-9 openssl",
      "CVE-2026-2 libssl",
      "CVE-2026-2 openssl",
      "CVE-2026-1 openssl",
    ]);
  });

  it("lets an allowed vulnerability pass through the last day of its entry", () => {
    const allowed = parseAllowList(`CVE-2026-1000 until ${today} waiting for the vendor`);
    expect(judge([finding()], { allowed })).toMatchObject({
      result: "pass",
      allowed: [{ finding: { id: "CVE-2026-1000" }, entry: { reason: "waiting for the vendor" } }],
      expired: [],
      unused: [],
    });
  });

  it("is stopped from the day after, and names the entry that is over", () => {
    const allowed = parseAllowList("CVE-2026-1000 until 2026-11-26");
    const verdict = judge([finding()], { allowed });
    expect(verdict).toMatchObject({ result: "fail", expired: [{ id: "CVE-2026-1000" }] });
    expect(scanFailure("shop:1", verdict, policy({ allowed })).message).toContain(
      "CVE-2026-1000 was allowed until 2026-11-26 (line 1).",
    );
  });

  it("prefers an entry that still holds to one that is over", () => {
    const allowed = parseAllowList(
      "CVE-2026-1000 in openssl until 2026-01-01\nCVE-2026-1000 until 2026-12-31",
    );
    expect(judge([finding()], { allowed })).toMatchObject({ result: "pass", expired: [] });
  });

  it("says which entries name nothing in the image, but not those below the limit", () => {
    const allowed = parseAllowList("CVE-2026-1 until 2026-12-31\nCVE-2026-2 until 2026-12-31");
    expect(judge([finding({ id: "CVE-2026-2", severity: "low" })], { allowed }).unused).toMatchObject([
      { id: "CVE-2026-1" },
    ]);
  });
});

describe("the failure of a scan", () => {
  const failure = (findings: readonly Finding[], changes: Partial<ScanPolicy> = {}) =>
    scanFailure("ghcr.io/octo/shop:1", judge(findings, changes), policy(changes));

  it("names count, limit, the worst finding with its versions, and what to change", () => {
    const error = failure([finding(), finding({ id: "CVE-2026-9", severity: "critical", package: "curl" })]);
    expect(error.code).toBe("SCAN_FAILED");
    expect(error.kind).toBe("unhealthy");
    expect(error.message).toBe(
      "ghcr.io/octo/shop:1 has 2 vulnerabilities; the limit is none at high or above. The worst is CVE-2026-9 (critical) in curl 3.0.1 → 3.0.2 https://nvd.example/CVE-2026-1000. Nothing was pushed.",
    );
    expect(error.hint).toContain("Update curl to 3.0.2");
    expect(error.hint).toContain("CVE-2026-9 until YYYY-MM-DD");
    expect(error.details).toHaveLength(2);
  });

  it("advises another base image where nothing can be updated", () => {
    const error = failure([finding({ fix: { kind: "none" } })]);
    expect(error.message).toContain("openssl 3.0.1 (no fix yet)");
    expect(error.hint).toContain("Use another base image");
  });

  it("lists twenty and counts the rest", () => {
    const many = Array.from({ length: 25 }, (_, index) => finding({ id: `CVE-2026-${index}` }));
    expect(failure(many).details).toHaveLength(21);
    expect(failure(many).details.at(-1)).toBe("and 5 more; the reports list all");
  });
});
