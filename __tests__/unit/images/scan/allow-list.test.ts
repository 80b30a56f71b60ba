import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { matches, parseAllowList, readAllowFile } from "#ship/images";
import { finding } from "./findings.ts";

describe("the allow-list", () => {
  it("reads identifier, package, last day and reason, and leaves out comments and empty lines", () => {
    expect(
      parseAllowList(
        "# accepted by the security team\n\n  CVE-2026-1 until 2026-12-31 not reachable, see #12\r\nGHSA-abcd-1234-efgh in lodash until 2027-01-31\n",
      ),
    ).toEqual([
      {
        id: "CVE-2026-1",
        package: undefined,
        until: "2026-12-31",
        reason: "not reachable, see #12",
        place: "line 3",
      },
      { id: "GHSA-abcd-1234-efgh", package: "lodash", until: "2027-01-31", reason: "", place: "line 4" },
    ]);
  });

  it.each([
    ["CVE-2026-1", "line 1: CVE-2026-1 has no date"],
    ["CVE-2026-1 because we say so", "line 1: CVE-2026-1 has no date"],
    ["CVE-2026-1 until tomorrow", 'line 1: "tomorrow" is no day'],
    ["CVE-2026-1 until 2026-02-30", 'line 1: "2026-02-30" is no day'],
    ["CVE-2026-1 until 2026-13-01", 'line 1: "2026-13-01" is no day'],
    ["CVE-2026-1 until 31.12.2026", 'line 1: "31.12.2026" is no day'],
    ["* until 2026-12-31", 'line 1: "*" is no identifier'],
    ["CVE-* until 2026-12-31", 'line 1: "CVE-*" is no identifier'],
    ["until 2026-12-31", 'line 1: "until" is no identifier'],
    ["openssl until 2026-12-31", 'line 1: "openssl" is no identifier'],
    [
      "CVE-2026-1 until 2026-12-31\ncve-2026-1 until 2027-12-31",
      "line 2: cve-2026-1 stands at line 1 already",
    ],
  ])("refuses %j and names the line", (text, words) => {
    expect(() => parseAllowList(text)).toThrow(words);
  });

  it("names every wrong line at once", () => {
    expect(() => parseAllowList("one until 2026-01-01\nCVE-2026-1")).toThrow(/line 1: .*; line 2: /);
  });

  it("lets the same identifier stand for two packages", () => {
    expect(
      parseAllowList("CVE-2026-1 in curl until 2026-12-31\nCVE-2026-1 in libcurl until 2026-12-31"),
    ).toHaveLength(2);
  });

  it("means a vulnerability by any of its names, in any case, and only in the package named", () => {
    const [entry] = parseAllowList("cve-2026-1 in lodash until 2026-12-31");
    if (!entry) throw new Error("no entry");
    expect(
      matches(entry, finding({ id: "GHSA-abcd-1234-efgh", aliases: ["CVE-2026-1"], package: "lodash" })),
    ).toBe(true);
    expect(matches(entry, finding({ id: "CVE-2026-1", package: "lodash" }))).toBe(true);
    expect(matches(entry, finding({ id: "CVE-2026-1", package: "curl" }))).toBe(false);
    expect(matches(entry, finding({ id: "CVE-2026-10", package: "lodash" }))).toBe(false);
  });
});

describe("the allow-list's file", () => {
  const folder = mkdtempSync(join(tmpdir(), "ship-allow-"));
  const path = join(folder, "allow.txt");
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("is read like the input, and named in the places", async () => {
    writeFileSync(path, "CVE-2026-1 until 2026-12-31");
    expect(await readAllowFile(path, "security/allow.txt")).toMatchObject([
      { place: "security/allow.txt line 1" },
    ]);
  });

  it("is named when a line of it is wrong", async () => {
    writeFileSync(path, "# list\nCVE-2026-1");
    await expect(readAllowFile(path, "security/allow.txt")).rejects.toMatchObject({
      code: "DOCUMENT_INVALID",
      message: expect.stringContaining("security/allow.txt line 2: CVE-2026-1 has no date"),
    });
  });

  it("is named when it is missing", async () => {
    await expect(readAllowFile(join(folder, "none"), "none.txt")).rejects.toMatchObject({
      code: "FILE_UNREADABLE",
      message: expect.stringContaining("none.txt"),
    });
  });
});
