import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { recordArtifacts } from "#ship/images";
import { recordingLog } from "#ship/kit";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ship-artifacts-"));
  file = join(folder, "artifacts");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const image = (number: number) => `ghcr.io/octo/shop-${number}@sha256:${"a".repeat(64)}`;

describe("the record of a job's artifacts", () => {
  it("gets a line per image after those of other steps, none twice", async () => {
    const log = recordingLog();
    writeFileSync(file, `file:///dist/app.tgz\noci://${image(1)}`);
    await recordArtifacts(file, [image(1), image(2), image(2)], log);
    expect(readFileSync(file, "utf8")).toBe(`file:///dist/app.tgz\noci://${image(1)}\noci://${image(2)}\n`);
    expect(log.lines).toEqual([]);
  });

  it("is begun where there is none yet", async () => {
    await recordArtifacts(file, [image(1)], recordingLog());
    expect(readFileSync(file, "utf8")).toBe(`oci://${image(1)}\n`);
  });

  it("never holds more lines than a job may record, and says so", async () => {
    const log = recordingLog();
    writeFileSync(file, "file:///x\n".repeat(499));
    await recordArtifacts(file, [image(1), image(2)], log);
    expect(readFileSync(file, "utf8").trimEnd().split("\n")).toHaveLength(500);
    expect(log.lines).toEqual([expect.stringMatching(/^warning: 1 images are not recorded.*500/)]);
  });

  it("is nobody's failure when it cannot be written", async () => {
    const log = recordingLog();
    await recordArtifacts(join(folder, "none/artifacts"), [image(1)], log);
    await recordArtifacts(folder, [image(1)], log);
    expect(log.lines).toEqual([
      expect.stringMatching(/^warning: .*ENOENT/),
      expect.stringMatching(/^warning: .*EISDIR/),
    ]);
  });

  it("is left alone where the runner offers none", async () => {
    const log = recordingLog();
    await recordArtifacts(undefined, [image(1)], log);
    expect(log.lines).toEqual([]);
  });
});
