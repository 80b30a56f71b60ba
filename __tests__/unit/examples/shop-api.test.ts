import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import pg from "pg";
import { type Postgres, startPostgres } from "../../../packages/rehearsal/src/database/index.ts";
import { eventually } from "../../support/eventually.ts";
import { migrate, type Release, spawnShop, startRelease } from "./shop.ts";

const FIRST = "0001_create_orders.sql";
const SECOND = "0002_add_orders_note.sql";
const ORDER = { customer: "Ada", item: "kettle", quantity: 2 };

/** The sample app is plain JavaScript: what its module offers is said here. */
interface VariantModule {
  createVariant(
    settings: Readonly<Record<"errorRate" | "leakPerMinute" | "addedLatency" | "work", number>>,
    now: () => number,
    random: () => number,
  ): { hesitation(): number };
}

let folder = "";
let postgres: Postgres;
let databases = 0;
const running: Release[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ship-shop-"));
  postgres = await startPostgres({ directory: folder });
});
afterEach(async () => {
  for (const { program } of running.splice(0)) {
    program.child.kill("SIGKILL");
    await program.exited;
  }
});
afterAll(async () => {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A fresh database with these migrations applied. */
async function database(...migrations: readonly string[]): Promise<string> {
  databases += 1;
  const name = `shop_${databases}`;
  await postgres.createDatabase(name);
  for (const file of migrations) await migrate(postgres.url(name), file);
  return postgres.url(name);
}

async function release(url: string, version: string, variant: Readonly<Record<string, string>> = {}) {
  const started = await startRelease({ DATABASE_URL: url, APP_VERSION: version, ...variant });
  running.push(started);
  return started;
}

/** Holds the table, so that a request that writes stays in flight until it is released. */
async function lockOrders(url: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("BEGIN");
  await client.query("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE");
  return {
    somebodyWaits: () =>
      eventually("a request to wait for the table", async () => {
        const { rowCount } = await client.query("SELECT 1 FROM pg_locks WHERE NOT granted");
        return rowCount === 1;
      }),
    async release() {
      await client.query("COMMIT");
      await client.end();
    },
  };
}

async function statuses(shop: Release, path: string, count: number): Promise<readonly number[]> {
  const seen: number[] = [];
  for (let sent = 0; sent < count; sent += 1) seen.push((await shop.get(path)).status);
  return seen;
}

describe("shop-api", () => {
  it("says that it is healthy, which release it is and since when", async () => {
    const shop = await release(await database(FIRST), "1.4.0");
    const { status, release: named, body } = await shop.get("/health");
    expect([status, named]).toEqual([200, "1.4.0"]);
    expect(body).toEqual({
      status: "healthy",
      version: "1.4.0",
      uptime: expect.any(Number),
      database: "connected",
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
  });

  it("keeps orders and gives them back, newest first", async () => {
    const shop = await release(await database(FIRST), "1.0.0");
    const first = await shop.post("/orders", ORDER);
    expect(first).toEqual({ status: 201, body: { id: 1, ...ORDER, createdAt: expect.any(String) } });
    await shop.post("/orders", { ...ORDER, item: "lamp" });

    expect((await shop.get("/orders/1")).body).toEqual(first.body);
    expect((await shop.get("/orders")).body).toMatchObject({ orders: [{ id: 2, item: "lamp" }, { id: 1 }] });
    expect((await shop.get("/orders?limit=1")).body).toMatchObject({ orders: [{ id: 2 }] });
  });

  it("refuses what is not an order, naming every wrong field, and stores nothing", async () => {
    const shop = await release(await database(FIRST), "1.0.0");
    expect(await shop.post("/orders", { item: " ", quantity: 0 })).toEqual({
      status: 422,
      body: {
        errors: {
          customer: "is required",
          item: "must be a text of 1 to 200 characters",
          quantity: "must be a whole number from 1 to 1000",
        },
      },
    });
    expect((await shop.post("/orders", [])).body).toEqual({ errors: { body: "must be a JSON object" } });
    expect((await shop.post("/orders", "{")).status).toBe(400);
    expect((await shop.post("/orders", `"${"x".repeat(17_000)}"`)).status).toBe(413);
    expect((await shop.get("/orders")).body).toEqual({ orders: [] });
  });

  it("answers 404, 405 and 422 for what it does not have", async () => {
    const shop = await release(await database(FIRST), "1.0.0");
    expect((await shop.get("/orders/99")).status).toBe(404);
    expect((await shop.get("/nothing")).status).toBe(404);
    expect((await shop.post("/health", {})).status).toBe(405);
    expect((await shop.get("/orders?limit=0")).status).toBe(422);
  });

  it("is unhealthy but keeps running while the database is away", async () => {
    const shop = await release("postgresql://ship:none@127.0.0.1:1/shop", "1.0.0");
    const { status, body } = await shop.get("/health");
    expect(status).toBe(503);
    expect(body).toMatchObject({ status: "unhealthy", database: expect.stringContaining("ECONNREFUSED") });
    expect((await shop.get("/orders")).status).toBe(500);
  });

  it.each(["SIGTERM", "SIGINT"] as const)(
    "finishes what is in flight on %s and takes nothing new",
    async (signal) => {
      const url = await database(FIRST);
      const shop = await release(url, "1.0.0");
      const lock = await lockOrders(url);
      const inFlight = shop.post("/orders", ORDER);
      await lock.somebodyWaits();

      shop.program.child.kill(signal);

      await shop.program.printed(/"message":"stopping"/);
      await expect(fetch(`${shop.url}/health`)).rejects.toThrow("fetch failed");
      await lock.release();
      expect((await inFlight).status).toBe(201);
      expect(await shop.program.exited).toEqual({ code: 0, signal: null });
    },
  );

  it("does not wait for ever for a request that hangs", async () => {
    const url = await database(FIRST);
    const shop = await release(url, "1.0.0");
    const lock = await lockOrders(url);
    const inFlight = shop.post("/orders", ORDER);
    const cut = expect(inFlight).rejects.toThrow("fetch failed");
    await lock.somebodyWaits();

    shop.program.child.kill("SIGTERM");

    expect(await shop.program.exited).toEqual({ code: 0, signal: null });
    await cut;
    await lock.release();
  });
});

describe("two releases of shop-api on one schema", () => {
  it("both serve after the migration, and either one's orders are the other's", async () => {
    const url = await database(FIRST);
    const old = await release(url, "1.0.0");
    await old.post("/orders", ORDER);

    await migrate(url, SECOND);
    const young = await release(url, "2.0.0");

    expect((await young.post("/orders", { ...ORDER, note: "ring twice" })).body).toMatchObject({
      id: 2,
      note: "ring twice",
    });
    expect((await old.post("/orders", { ...ORDER, note: "ignored" })).body).toEqual({
      id: 3,
      ...ORDER,
      createdAt: expect.any(String),
    });
    expect((await young.get("/orders")).body).toMatchObject({
      orders: [
        { id: 3, note: null },
        { id: 2, note: "ring twice" },
        { id: 1, note: null },
      ],
    });
    expect((await old.get("/orders/2")).body).toEqual({ id: 2, ...ORDER, createdAt: expect.any(String) });
    expect((await old.get("/health")).status).toBe(200);
  });

  it("release 2 says which migration it misses, until that is applied", async () => {
    const url = await database(FIRST);
    const young = await release(url, "2.0.0");
    const { status, body } = await young.get("/health");
    expect(status).toBe(503);
    expect(body).toMatchObject({ database: expect.stringContaining("0002_add_orders_note.sql") });

    await migrate(url, SECOND);
    expect((await young.get("/health")).status).toBe(200);
  });

  it.each([
    { migrations: [FIRST], expected: { id: 1, ...ORDER, createdAt: expect.any(String) } },
    { migrations: [FIRST, SECOND], expected: { id: 1, ...ORDER, note: "x", createdAt: expect.any(String) } },
  ])(
    "a release named by a commit uses the column when it is there: $migrations",
    async ({ migrations, expected }) => {
      const shop = await release(await database(...migrations), "3f2a91c");
      expect((await shop.get("/health")).status).toBe(200);
      expect((await shop.post("/orders", { ...ORDER, note: "x" })).body).toEqual(expected);
    },
  );
});

describe("shop-api with a system downstream", () => {
  it("waits around the median time given, with a tail as real services have it", async () => {
    let state = 1;
    const random = () => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    };
    const file = pathToFileURL(resolve("examples/shop-api/src/variant.js")).href;
    const { createVariant }: VariantModule = await import(file);
    const variant = createVariant(
      { errorRate: 0, leakPerMinute: 0, addedLatency: 0, work: 200 },
      Date.now,
      random,
    );
    const waits = Array.from({ length: 10_000 }, () => variant.hesitation()).sort(
      (left, right) => left - right,
    );
    expect((waits[5_000] ?? 0) / 200).toBeCloseTo(1, 1);
    expect((waits[9_500] ?? 0) / 200).toBeCloseTo(1.9, 0);
  });

  it("answers orders late, but not /health", async () => {
    const shop = await release(await database(FIRST), "1.0.0", { SHOP_WORK_MS: "5000" });
    const order = shop.get("/orders").then(() => "orders");
    expect(await Promise.race([order, shop.get("/health").then(() => "health")])).toBe("health");
  });
});

describe("a misbehaving release of shop-api", () => {
  it("fails exactly its share of order requests, never /health", async () => {
    const shop = await release(await database(FIRST), "1.0.0", { SHOP_ERROR_RATE: "0.05" });
    const seen = await statuses(shop, "/orders", 100);
    expect(seen.filter((status) => status === 500)).toHaveLength(5);
    expect(seen.filter((status) => status === 200)).toHaveLength(95);
    expect(new Set(await statuses(shop, "/health", 40))).toEqual(new Set([200]));
    expect((await shop.get("/orders")).release).toBe("1.0.0");
  });

  it("gets worse with time when it leaks", async () => {
    // 6000 points a minute is a whole percent every 10 ms: every request fails after a second.
    const shop = await release(await database(FIRST), "1.0.0", { SHOP_LEAK_PER_MINUTE: "6000" });
    await eventually("the leak to be complete", async () =>
      (await statuses(shop, "/orders", 5)).every((status) => status === 500),
    );
    expect((await shop.get("/health")).status).toBe(200);
  });

  it("answers orders late, but not /health", async () => {
    const shop = await release(await database(FIRST), "1.0.0", { SHOP_ADDED_LATENCY_MS: "600" });
    const start = performance.now();
    const order = shop.get("/orders").then(() => "orders");
    expect(await Promise.race([order, shop.get("/health").then(() => "health")])).toBe("health");
    await order;
    expect(performance.now() - start).toBeGreaterThanOrEqual(599);
  });

  it("fails its health check while it serves", async () => {
    const shop = await release(await database(FIRST), "1.0.0", { SHOP_HEALTH: "failing" });
    const { status, body } = await shop.get("/health");
    expect([status, body]).toMatchObject([503, { status: "unhealthy", database: "connected" }]);
    expect((await shop.get("/orders")).status).toBe(200);
  });

  it("crashes at start and says why", async () => {
    const crashed = spawnShop({ DATABASE_URL: "postgresql://x", SHOP_CRASH_AT_START: "1" });
    expect(await crashed.exited).toEqual({ code: 1, signal: null });
    expect(JSON.parse(crashed.output())).toMatchObject({
      level: "error",
      message: "cannot start",
      reason: "SHOP_CRASH_AT_START is set: this release crashes at start",
    });
  });

  it("names every variable it cannot read, its value and what is accepted", async () => {
    const refused = spawnShop({ SHOP_ERROR_RATE: "5%", SHOP_HEALTH: "bad" });
    expect(await refused.exited).toEqual({ code: 1, signal: null });
    expect(JSON.parse(refused.output()).reason).toBe(
      'SHOP_ERROR_RATE is "5%"; it must be a share from 0 to 1. ' +
        'SHOP_HEALTH is "bad"; it must be empty or one of: failing, ok. ' +
        "DATABASE_URL is empty; it must be like postgresql://user:password@host:5432/shop",
    );
  });
});

describe("shop-api's packaging", () => {
  const read = (name: string) => readFileSync(join(process.cwd(), "examples/shop-api", name), "utf8");

  it("has a task definition that takes the database from a secret and listens where the image does", () => {
    const { family, containerDefinitions } = JSON.parse(read("task-definition.json"));
    const [api] = containerDefinitions;
    expect([family, api.name, api.portMappings[0].containerPort]).toEqual(["shop-api", "api", 3000]);
    expect(api.secrets.map(({ name }: { name: string }) => name)).toEqual(["DATABASE_URL"]);
    expect(api.environment.map(({ name }: { name: string }) => name)).not.toContain("DATABASE_URL");
    expect(read("Dockerfile")).toContain(`PORT=${api.portMappings[0].containerPort}`);
  });

  it("needs no shell in its base image", () => {
    const instructions = read("Dockerfile").split("\n");
    expect(instructions.filter((line) => /^RUN\b|^(CMD|ENTRYPOINT) [^[]/.test(line))).toEqual([]);
    expect(read("Dockerfile")).toMatch(/^USER 1000:1000$/m);
  });
});
