import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { DEFAULT_VERSION, readConfiguration } from "./src/configuration.js";
import { createHealth } from "./src/health.js";
import { createApi } from "./src/http.js";
import { createLog } from "./src/log.js";
import { createOrders } from "./src/orders.js";
import { createVariant } from "./src/variant.js";

/** How long requests in flight may take after SIGTERM before their connections are cut, in milliseconds. */
const DRAIN_LIMIT = 800;

const log = createLog(process.env.APP_VERSION || DEFAULT_VERSION);

try {
  await start(readConfiguration(process.env));
} catch (error) {
  log.error("cannot start", { reason: error.message });
  process.exitCode = 1;
}

async function start(configuration) {
  if (configuration.crashAtStart)
    throw new Error("SHOP_CRASH_AT_START is set: this release crashes at start");

  const pool = new pg.Pool({
    connectionString: configuration.databaseUrl,
    max: 5,
    connectionTimeoutMillis: 2_000,
    query_timeout: 3_000,
    application_name: `shop-api ${configuration.version}`,
  });
  pool.on("error", (error) => log.warn("an idle database connection was lost", { reason: error.message }));

  const orders = createOrders({ pool, version: configuration.version });
  const health = createHealth({ configuration, pool, orders });
  const variant = createVariant(configuration);
  const server = createApi({ configuration, health, orders, variant, log });

  server.on("error", (error) => {
    log.error("cannot listen", { port: configuration.port, reason: error.message });
    process.exitCode = 1;
    void pool.end();
  });
  server.listen(configuration.port, () => log.info("listening", { port: server.address().port }));

  const stop = async (signal) => {
    log.info("stopping", { signal });
    const closed = new Promise((resolve) => server.close(resolve));
    await Promise.race([closed, delay(DRAIN_LIMIT, undefined, { ref: false })]);
    server.closeAllConnections();
    await Promise.race([pool.end(), delay(100)]);
    log.info("stopped");
    process.exit(0);
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}
