import { writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { type Daemon, freePort, startDaemon } from "./daemon.ts";

/** A real HAProxy in front of two releases, `blue` and `green`, with its own exporter of metrics. */
export interface Haproxy extends AsyncDisposable {
  /** Where users go. */
  readonly url: string;
  /** Port of its exporter. */
  readonly metricsPort: number;
  /** Sends a command to the runtime API and answers what it says (HAProxy Management Guide, 9.3). */
  command(line: string): Promise<string>;
  /** Name of the map that holds the canary's weight, in basis points under the key `canary`. */
  readonly weights: string;
  /** The command a person types. */
  byHand(line: string): string;
}

/** Starts HAProxy. @param ports of the servers of each release */
export async function startHaproxy(
  folder: string,
  ports: { readonly blue: readonly number[]; readonly green: readonly number[] },
): Promise<Haproxy> {
  const [publicPort, metricsPort] = [await freePort(), await freePort()];
  const [socket, weights] = [join(folder, "admin.sock"), join(folder, "weights.map")];
  writeFileSync(weights, "canary 0\n");
  const backend = (release: "blue" | "green") => [
    `backend ${release}`,
    "  option httpchk GET /healthz",
    ...ports[release].map((port, index) => `  server ${release}${index} 127.0.0.1:${port} check inter 200ms`),
  ];
  const file = join(folder, "haproxy.cfg");
  writeFileSync(
    file,
    [
      "global",
      `  stats socket ${socket} mode 600 level admin`,
      "defaults",
      "  mode http",
      "  timeout connect 2s",
      "  timeout client 30s",
      "  timeout server 30s",
      "frontend public",
      `  bind 127.0.0.1:${publicPort}`,
      `  http-request set-var(txn.weight) str(canary),map_str_int(${weights},0)`,
      "  http-request set-var(txn.draw) rand(10000)",
      "  use_backend green if { var(txn.draw),sub(txn.weight) lt 0 }",
      "  default_backend blue",
      ...backend("blue"),
      ...backend("green"),
      "frontend metrics",
      // Each scrape connects anew, so that a disabled exporter is gone at once.
      "  option httpclose",
      `  bind 127.0.0.1:${metricsPort}`,
      "  http-request use-service prometheus-exporter if { path /metrics }",
      "",
    ].join("\n"),
  );
  const command = (line: string) => ask(socket, line);
  const daemon: Daemon = await startDaemon("haproxy", ["-db", "-f", file], async () =>
    (await command("show info")).includes("Version"),
  );
  return {
    url: `http://127.0.0.1:${publicPort}`,
    metricsPort,
    command,
    weights,
    byHand: (line) => `echo "${line}" | socat - UNIX:${socket}`,
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  };
}

function ask(socket: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const connection = createConnection(socket, () => connection.write(`${line}\n`));
    connection.on("data", (chunk) => {
      text += chunk.toString("utf8");
    });
    connection.once("error", reject);
    connection.once("close", () => resolve(text.trim()));
  });
}
