/** The release this is when `APP_VERSION` does not say. */
export const DEFAULT_VERSION = "1.0.0";

/**
 * Reads the whole configuration from environment variables and reports every mistake at once.
 * Throws an Error whose message names each variable, its value and what is accepted.
 */
export function readConfiguration(environment) {
  const mistakes = [];
  const number = (name, fallback, { from, to, unit }) => {
    const text = environment[name];
    if (text === undefined || text === "") return fallback;
    const value = Number(text);
    if (Number.isFinite(value) && value >= from && value <= to) return value;
    mistakes.push(`${name} is "${text}"; it must be ${unit} from ${from} to ${to}`);
    return fallback;
  };
  const oneOf = (name, accepted) => {
    const text = environment[name] ?? "";
    if (text === "" || accepted.includes(text)) return text;
    mistakes.push(`${name} is "${text}"; it must be empty or one of: ${accepted.join(", ")}`);
    return "";
  };

  const configuration = {
    version: environment.APP_VERSION || DEFAULT_VERSION,
    port: number("PORT", 3000, { from: 0, to: 65_535, unit: "a port" }),
    databaseUrl: environment.DATABASE_URL ?? "",
    errorRate: number("SHOP_ERROR_RATE", 0, { from: 0, to: 1, unit: "a share" }),
    addedLatency: number("SHOP_ADDED_LATENCY_MS", 0, { from: 0, to: 60_000, unit: "milliseconds" }),
    work: number("SHOP_WORK_MS", 0, { from: 0, to: 10_000, unit: "milliseconds" }),
    leakPerMinute: number("SHOP_LEAK_PER_MINUTE", 0, { from: 0, to: 6_000, unit: "percentage points" }),
    crashAtStart: ["1", "true"].includes(oneOf("SHOP_CRASH_AT_START", ["1", "true", "0", "false"])),
    healthFails: oneOf("SHOP_HEALTH", ["failing", "ok"]) === "failing",
  };
  if (configuration.databaseUrl === "") {
    mistakes.push("DATABASE_URL is empty; it must be like postgresql://user:password@host:5432/shop");
  }
  if (mistakes.length > 0) throw new Error(mistakes.join(". "));
  return configuration;
}
