/** How long the database may take to answer the probe, in milliseconds. */
const PROBE_LIMIT = 1_000;

/** Answers whether this process can serve orders, and why not. */
export function createHealth({ configuration, pool, orders }) {
  const probe = async () => {
    const connected = pool.query({ text: "SELECT 1", query_timeout: PROBE_LIMIT });
    try {
      await connected;
      return await orders.schemaProblem();
    } catch (error) {
      return `unreachable: ${error.message || error.code}`;
    }
  };
  return {
    /** The body of GET /health; `uptime` is in seconds. Healthy means: answer 200. */
    async check() {
      const problem = await probe();
      const healthy = problem === undefined && !configuration.healthFails;
      return {
        status: healthy ? "healthy" : "unhealthy",
        version: configuration.version,
        uptime: Math.round(process.uptime() * 1000) / 1000,
        database: problem ?? "connected",
        timestamp: new Date().toISOString(),
      };
    },
  };
}
