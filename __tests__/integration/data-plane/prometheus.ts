import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, startDaemon } from "./daemon.ts";

/** A real Prometheus that scrapes every second. */
export interface Prometheus extends AsyncDisposable {
  readonly url: URL;
}

/** Starts Prometheus. @param jobs ports on loopback to scrape, by the name of the job */
export async function startPrometheus(
  folder: string,
  jobs: Readonly<Record<string, readonly number[]>>,
): Promise<Prometheus> {
  const port = await freePort();
  const file = join(folder, "prometheus.yml");
  const scrape_configs = Object.entries(jobs).map(([job_name, ports]) => ({
    job_name,
    static_configs: [{ targets: ports.map((each) => `127.0.0.1:${each}`) }],
  }));
  // JSON is YAML.
  writeFileSync(
    file,
    JSON.stringify({ global: { scrape_interval: "1s", scrape_timeout: "1s" }, scrape_configs }),
  );
  const url = new URL(`http://127.0.0.1:${port}`);
  const daemon = await startDaemon(
    "prometheus",
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, "tsdb")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=warn",
    ],
    async () => (await fetch(new URL("/-/ready", url))).ok,
  );
  return { url, [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose]() };
}
