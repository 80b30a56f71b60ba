import { createHash } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { ScanSubject } from "#ship/images";
import type { PlantedVulnerability, ScannerFault } from "#ship/simulators";
import { eventually } from "../../../support/eventually.ts";
import { type ScanWorld, scanWorld } from "./world.ts";

const reference = { kind: "reference", reference: "ghcr.io/octo/shop:1", store: "docker" } as const;
const flaw: PlantedVulnerability = {
  id: "CVE-2026-1000",
  severity: "high",
  package: "openssl",
  installed: "3.0.1-r0",
  fixed: "3.0.2-r0",
  alias: "GHSA-aaaa-bbbb-cccc",
};
const never = new AbortController().signal;

let world: ScanWorld;
beforeEach(() => {
  world = scanWorld();
});
afterEach(() => rmSync(world.folder, { recursive: true, force: true }));

const sha256 = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

describe.each(["trivy", "grype"] as const)("%s", (kind) => {
  const scan = (subject: ScanSubject = reference, variables = {}) =>
    world.clock.runUntil(world.scanner({ wish: { kind } }, variables).scan(subject, never));

  it("finds what is in the image, with versions, fix, other names and a page", async () => {
    world.scanners.set({ vulnerabilities: [flaw, { ...flaw, id: "CVE-2026-2", severity: "critical" }] });
    const report = await scan();
    expect(report.scanner).toBe(kind);
    expect(report.findings).toHaveLength(2);
    expect(report.findings[0]).toMatchObject({
      id: "CVE-2026-1000",
      aliases: ["GHSA-aaaa-bbbb-cccc"],
      severity: "high",
      package: "openssl",
      installed: "3.0.1-r0",
      fix: { kind: "version", version: "3.0.2-r0" },
      url: expect.stringMatching(/^https:\/\/.*cve-2026-1000$/i),
    });
    expect(report.findings[1]).toMatchObject({ severity: "critical" });
    expect(JSON.parse(report.raw)).toEqual(
      expect.objectContaining(kind === "trivy" ? { SchemaVersion: 2 } : { matches: expect.any(Array) }),
    );
  });

  it("says that nothing fixes a vulnerability yet", async () => {
    const { fixed: _, ...unfixed } = flaw;
    world.scanners.set({ vulnerabilities: [{ ...unfixed, severity: "unknown" }] });
    expect((await scan()).findings).toMatchObject([{ fix: { kind: "none" }, severity: "unknown" }]);
  });

  it("finds nothing in a clean image", async () => {
    expect((await scan()).findings).toEqual([]);
  });

  it.each(["throttled", "no-database"] as const)("tries again when its database is %s", async (fault) => {
    world.scanners.set({ vulnerabilities: [flaw], faults: [fault, fault] });
    expect((await scan()).findings).toHaveLength(1);
    expect(world.scanners.calls()).toHaveLength(3);
  });

  it("that never gets its database fails in its own words, and passes nothing", async () => {
    world.scanners.set({ faults: Array<ScannerFault>(9).fill("throttled") });
    await expect(scan()).rejects.toMatchObject({
      code: "SCANNER_FAILED",
      kind: "provider",
      message: expect.stringMatching(
        /The report of \w+ is empty\. It ended with exit code 1: .*(?:vulnerability|DB)/i,
      ),
    });
    expect(world.scanners.calls()).toHaveLength(4);
  });

  it.each([
    ["empty", "is empty"],
    ["cut", "is no JSON"],
    ["foreign", "is none of Trivy's JSON, Grype's JSON and SARIF"],
    ["no-image", "is empty. It ended with exit code 1"],
  ] as const)("whose report is %s is a failure at once, never a pass", async (fault, words) => {
    world.scanners.set({ faults: [fault] });
    await expect(scan()).rejects.toMatchObject({
      code: "SCANNER_FAILED",
      message: expect.stringContaining(words),
    });
    expect(world.scanners.calls()).toHaveLength(1);
  });

  it("is ended by a cancellation, and leaves no files", async () => {
    world.scanners.set({ faults: ["hang"] });
    const cancelled = new AbortController();
    const work = world.scanner({ wish: { kind } }).scan(reference, cancelled.signal);
    work.catch(() => {});
    await eventually("a started scanner", () => world.scanners.calls()[0]);
    cancelled.abort(new Error("cancelled"));
    await expect(work).rejects.toThrow("cancelled");
    expect(readdirSync(world.temporary)).toEqual([]);
  });

  it("is not given the runner's tokens and files, nor a folder whose settings could narrow it", async () => {
    writeFileSync(join(world.workspace, ".trivyignore"), "CVE-2026-1000");
    await scan(reference, {
      ACTIONS_RUNTIME_TOKEN: "t1",
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "t2",
      GITHUB_ENV: "/env",
      GITHUB_PATH: "/path",
      GRYPE_ONLY_FIXED: "true",
      INPUT_SECRETS: "x=y",
      TRIVY_DB_REPOSITORY: "mirror.example/trivy-db",
    });
    const [call] = world.scanners.calls();
    expect(call?.environment).toMatchObject({ TRIVY_DB_REPOSITORY: "mirror.example/trivy-db" });
    expect(
      Object.keys(call?.environment ?? {}).filter((name) =>
        /^ACTIONS_|^GITHUB_(ENV|PATH)|^GRYPE|^INPUT/.test(name),
      ),
    ).toEqual([]);
    expect(call?.directory).not.toBe(world.workspace);
  });
});

describe("where the image is", () => {
  it.each([
    [
      "trivy",
      { kind: "reference", reference: "shop:1", store: "docker" },
      ["--image-src", "docker", "shop:1"],
    ],
    [
      "trivy",
      { kind: "reference", reference: "shop:1", store: "registry" },
      ["--image-src", "remote", "shop:1"],
    ],
    ["trivy", { kind: "archive", path: "/tmp/shop.tar", format: "docker" }, ["--input", "/tmp/shop.tar"]],
    ["grype", { kind: "reference", reference: "shop:1", store: "podman" }, ["podman:shop:1"]],
    ["grype", { kind: "reference", reference: "shop:1", store: "registry" }, ["registry:shop:1"]],
    ["grype", { kind: "archive", path: "/tmp/shop.tar", format: "oci" }, ["oci-archive:/tmp/shop.tar"]],
  ] as const)("is told to %s: %j", async (kind, subject, words) => {
    await world.scanner({ wish: { kind } }).scan(subject, never);
    const [call] = world.scanners.calls();
    expect(call?.arguments).toEqual(expect.arrayContaining([...words]));
  });
});

describe("Trivy", () => {
  it("that knows no package of the image says so", async () => {
    world.scanners.set({ packages: "none" });
    const { findings, warnings } = await world.scanner().scan(reference, never);
    expect(findings).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining("recognised no packages")]);
  });

  it("that meets an operating system without updates says so", async () => {
    world.scanners.set({ endOfLife: true });
    const { warnings } = await world.scanner().scan(reference, never);
    expect(warnings).toEqual([expect.stringContaining("alpine 3.21.3 gets no security updates any more")]);
  });
});

describe("the choice of a scanner", () => {
  it("takes Trivy before Grype, and Grype where there is no other", async () => {
    expect((await world.scanner().scan(reference, never)).scanner).toBe("trivy");
    rmSync(join(world.scanners.path, "trivy"));
    expect((await world.scanner().scan(reference, never)).scanner).toBe("grype");
  });

  it("says what is missing before anything is built", async () => {
    rmSync(join(world.scanners.path, "trivy"));
    rmSync(join(world.scanners.path, "grype"));
    await expect(world.scanner().verify()).rejects.toMatchObject({
      code: "TOOL_MISSING",
      message: "The scanner trivy or grype is not on PATH.",
    });
    await expect(
      world.scanner({ wish: { kind: "command", words: ["./tools/scan"] } }).verify(),
    ).rejects.toMatchObject({ message: 'scanner-command: there is no program "./tools/scan".' });
  });

  it("does not take a file that cannot be started", async () => {
    chmodSync(join(world.scanners.path, "trivy"), 0o644);
    expect((await world.scanner().scan(reference, never)).scanner).toBe("grype");
  });
});

describe("a pinned scanner", () => {
  const trivy = () => join(world.scanners.path, "trivy");

  it("runs when its checksum is the pinned one, also behind a link", async () => {
    const real = join(world.folder, "trivy-0.72");
    copyFileSync(trivy(), real);
    chmodSync(real, 0o755);
    rmSync(trivy());
    symlinkSync(real, trivy());
    const report = await world.scanner({ checksum: sha256(real) }).scan(reference, never);
    expect(report.scanner).toBe("trivy");
  });

  it("is not started when it is another program, and both checksums are named", async () => {
    const pinned = sha256(trivy());
    appendFileSync(trivy(), "# taken over\n");
    const scanner = world.scanner({ checksum: pinned });
    await expect(scanner.verify()).rejects.toMatchObject({ code: "SCANNER_CHECKSUM_MISMATCH" });
    await expect(scanner.scan(reference, never)).rejects.toMatchObject({
      message: expect.stringMatching(new RegExp(`${sha256(trivy())}; scanner-checksum is ${pinned}`)),
    });
    expect(world.scanners.calls()).toEqual([]);
  });

  it("is looked at again before every start", async () => {
    const scanner = world.scanner({ checksum: sha256(trivy()) });
    await scanner.verify();
    appendFileSync(trivy(), "# taken over\n");
    await expect(scanner.scan(reference, never)).rejects.toMatchObject({ code: "SCANNER_CHECKSUM_MISMATCH" });
    expect(world.scanners.calls()).toEqual([]);
  });
});
