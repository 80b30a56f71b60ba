import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { prepareAppContext, prepareBaseImage } from "../../../packages/rehearsal/src/image/index.ts";
import { startProgram } from "../../support/program.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ship-image-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the base image's context", () => {
  it("holds a Node that runs with nothing but the libraries beside it", async () => {
    await prepareBaseImage({ directory: folder });

    const root = join(folder, "rootfs");
    const node = join(root, "usr/local/bin/node");
    const needed = [
      ...execFileSync("ldd", [process.execPath], { encoding: "utf8" }).matchAll(/(\/\S+) \(0x/g),
    ].map(([, path]) => join(root, path ?? ""));
    const loader = needed.find((path) => path.includes("ld-linux")) ?? "";
    const libraries = needed.map((path) => join(path, "..")).join(":");
    const resolved = execFileSync(loader, ["--library-path", libraries, "--list", node], {
      encoding: "utf8",
    });
    const outside = [...resolved.matchAll(/=> (\S+)/g)]
      .map(([, path]) => path ?? "")
      .filter((path) => !path.startsWith(root));
    // The loader names itself by the path written into the program, whichever file it is.
    expect(outside.filter((path) => !path.includes("ld-linux"))).toEqual([]);
    expect(
      execFileSync(loader, ["--library-path", libraries, node, "-p", "process.version"], {
        encoding: "utf8",
      }).trim(),
    ).toBe(process.version);
  });

  it("lets the user node write to /tmp and needs nothing from a registry", async () => {
    await prepareBaseImage({ directory: folder });

    expect(statSync(join(folder, "rootfs/tmp")).mode & 0o7777).toBe(0o1777);
    expect(readFileSync(join(folder, "rootfs/etc/passwd"), "utf8")).toContain("node:x:1000:1000:");
    const dockerfile = readFileSync(join(folder, "Dockerfile"), "utf8");
    expect([dockerfile.match(/^FROM .*$/gm), dockerfile.match(/^(RUN|ADD) .*$/gm)]).toEqual([
      ["FROM scratch"],
      null,
    ]);
  });
});

describe("an app's context", () => {
  it("brings everything the app imports", async () => {
    await prepareAppContext({ app: "examples/shop-api", directory: folder });

    const shop = startProgram(join(folder, "server.js"), {
      DATABASE_URL: "postgresql://127.0.0.1:1/shop",
      PORT: "0",
    });
    await shop.printed(/"message":"listening"/);
    shop.child.kill("SIGTERM");
    expect(await shop.exited).toEqual({ code: 0, signal: null });
  });

  it("keeps nested dependencies nested and finds what those need further up", async () => {
    const install = (path: string, dependencies: Readonly<Record<string, string>>) => {
      mkdirSync(join(folder, path), { recursive: true });
      writeFileSync(join(folder, path, "package.json"), JSON.stringify({ dependencies }));
    };
    install("repository/app", { outer: "1.0.0" });
    install("repository/node_modules/outer", { inner: "1.0.0" });
    install("repository/node_modules/outer/node_modules/inner", { shared: "1.0.0" });
    install("repository/node_modules/shared", {});
    install("repository/node_modules/unused", {});

    await prepareAppContext({ app: join(folder, "repository/app"), directory: join(folder, "context") });

    const seen = execFileSync("find", [".", "-name", "package.json"], {
      cwd: join(folder, "context"),
      encoding: "utf8",
    });
    expect(seen.trim().split("\n").sort()).toEqual([
      "./node_modules/outer/node_modules/inner/package.json",
      "./node_modules/outer/package.json",
      "./node_modules/shared/package.json",
      "./package.json",
    ]);
  });

  it("names a dependency that is not installed and what to do", async () => {
    mkdirSync(join(folder, "app"));
    writeFileSync(join(folder, "app/package.json"), '{"dependencies":{"no-such-package-here":"1.0.0"}}');
    await expect(
      prepareAppContext({ app: join(folder, "app"), directory: join(folder, "context") }),
    ).rejects.toThrow(/no-such-package-here, which .*app depends on, is not installed. Run: npm ci/);
  });
});
