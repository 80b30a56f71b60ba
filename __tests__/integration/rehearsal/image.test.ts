import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { freePort } from "../../../packages/rehearsal/src/database/free-port.ts";
import { type Postgres, startPostgres } from "../../../packages/rehearsal/src/database/index.ts";
import { buildBaseImage, prepareAppContext } from "../../../packages/rehearsal/src/image/index.ts";
import { eventually } from "../../support/eventually.ts";

const BASE = "ship-test/node:base";
const SHOP = "ship-test/shop-api:2.0.0";
const CONTAINER = `ship-test-shop-${process.pid}`;

let folder = "";
let postgres: Postgres;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ship-image-"));
  postgres = await startPostgres({ directory: folder });
});
afterAll(async () => {
  await postgres.stop();
  for (const args of [
    ["rm", "--force", CONTAINER],
    ["rmi", "--force", SHOP, BASE],
  ]) {
    execFileSync("docker", args, { stdio: "ignore" });
  }
  rmSync(folder, { recursive: true, force: true });
});

const docker = (...args: readonly string[]) =>
  execFileSync("docker", args, { encoding: "utf8", stdio: "pipe" }).trim();

it("shop-api is built without network on the bare base, is healthy as a container, and stops when told", async () => {
  await buildBaseImage({ directory: join(folder, "base"), tag: BASE });
  const context = join(folder, "shop");
  await prepareAppContext({ app: "examples/shop-api", directory: context });
  docker(
    ...["build", "--network", "none", "--build-arg", `NODE_IMAGE=${BASE}`],
    ...["--build-arg", "APP_VERSION=1.9.0", "--tag", SHOP, context],
  );
  const port = await freePort();
  docker(
    ...["run", "--detach", "--name", CONTAINER, "--network", "host", "--read-only", "--cap-drop", "ALL"],
    ...["--env", `PORT=${port}`, "--env", `DATABASE_URL=${postgres.url("postgres")}`, SHOP],
  );

  await eventually(
    "a healthy container",
    () => {
      const status = docker("inspect", "--format", "{{.State.Health.Status}}", CONTAINER);
      if (status === "unhealthy")
        throw new Error(docker("inspect", "--format", "{{json .State.Health}}", CONTAINER));
      return status === "healthy";
    },
    25_000,
  );
  const answer = await fetch(`http://127.0.0.1:${port}/health`);
  expect([answer.status, answer.headers.get("x-release")]).toEqual([200, "1.9.0"]);
  expect(docker("inspect", "--format", "{{.Config.User}}", CONTAINER)).toBe("1000:1000");

  docker("stop", CONTAINER);
  expect(docker("inspect", "--format", "{{.State.ExitCode}}", CONTAINER)).toBe("0");
}, 120_000);
