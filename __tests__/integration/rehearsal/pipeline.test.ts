import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { endRow, nothingLeft, rehearsalFolder, startRehearsal } from "../../support/rehearsal.ts";

let folder = "";
beforeEach(() => {
  folder = rehearsalFolder();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const docker = (...words: readonly string[]) => execFileSync("docker", words, { encoding: "utf8" }).trim();

describe("npm run rehearse where a Docker engine answers", () => {
  it("builds, pushes and runs the image, and leaves no container and no image of the release behind", async () => {
    const run = startRehearsal(folder, process.env["DOCKER_HOST"], []);

    expect([await run.exitCode, run.output()]).toEqual([0, expect.stringContaining("As expected: healthy")]);
    expect(run.output()).toMatch(/^staging\/image +Build, push and verify +success/m);
    expect(endRow(run.output(), "new")).toMatch(/100 % +shop-api-green +2 +2$/);
    await nothingLeft(folder);
    expect(docker("ps", "--all", "--quiet", "--filter", "label=ship.simulator")).toBe("");
    expect(docker("image", "ls", "--format", "{{.Repository}}")).not.toMatch(/^127\.0\.0\.1:\d+\/shop-api$/m);
  }, 300_000);
});
