import type { Clock } from "#ship/kit";
import type {
  ContainerEvents,
  ContainerRuntime,
  ContainerSpec,
  Endpoint,
  RunningContainer,
} from "../ports.ts";

/** What containers of one image do. Times are milliseconds on the clock. */
export type Script =
  | { readonly does: "runs"; readonly lines?: readonly string[] }
  | {
      readonly does: "exits";
      readonly afterMs: number;
      readonly code: number;
      readonly lines?: readonly string[];
    }
  | { readonly does: "pull-failure"; readonly reason?: string }
  /** Runs, but fails its container health check and answers the load balancer's with an error. */
  | { readonly does: "unhealthy"; readonly lines?: readonly string[] };

export interface ScriptedRuntime extends ContainerRuntime {
  /** Changes what an image does from its next start on. */
  script(image: string, script: Script): void;
  /** Ends every running container of an image, as a crash does. */
  crash(image: string, exitCode: number): void;
  /** What a health check of the endpoint finds; `absent` when nothing listens there. */
  probe(endpoint: Endpoint): "healthy" | "unhealthy" | "absent";
  /** Containers that run now, with the specification they were started with. */
  readonly containers: readonly ContainerSpec[];
}

interface Live {
  readonly spec: ContainerSpec;
  readonly script: Script;
  readonly host: string;
  readonly exit: (exitCode: number) => void;
}

/** A runtime that starts nothing: each image follows its script, and an image without one runs and is healthy. */
export function scriptedRuntime(
  clock: Clock,
  scripts: Readonly<Record<string, Script>> = {},
): ScriptedRuntime {
  const known = new Map(Object.entries(scripts));
  const live = new Set<Live>();
  const closing = new AbortController();
  let addresses = 0;

  const exitLater = async (container: Live, afterMs: number, code: number) => {
    await clock.sleep(afterMs, closing.signal).catch(() => undefined);
    if (!closing.signal.aborted) container.exit(code);
  };

  const start = (spec: ContainerSpec, events: ContainerEvents): RunningContainer => {
    const script = known.get(spec.image) ?? { does: "runs" };
    if (script.does === "pull-failure") {
      throw new Error(
        script.reason ??
          `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${spec.image}: ${spec.image}: not found`,
      );
    }
    addresses += 1;
    const host = `10.1.${Math.floor(addresses / 250)}.${(addresses % 250) + 1}`;
    const container: Live = {
      spec,
      script,
      host,
      exit(exitCode) {
        if (live.delete(container)) events.exited({ exitCode });
      },
    };
    live.add(container);
    for (const line of script.lines ?? []) events.output(line);
    if (script.does === "exits") void exitLater(container, script.afterMs, script.code);
    return {
      endpoint: (port) => (spec.ports.includes(port) ? { host, port } : undefined),
      async stop() {
        container.exit(143);
      },
      execute: async () => (script.does === "unhealthy" ? 1 : 0),
    };
  };

  return {
    start: async (spec, events) => start(spec, events),
    script: (image, script) => known.set(image, script),
    crash(image, exitCode) {
      for (const container of live) if (container.spec.image === image) container.exit(exitCode);
    },
    probe(endpoint) {
      const found = [...live].find(
        ({ spec, host }) => host === endpoint.host && spec.ports.includes(endpoint.port),
      );
      if (!found) return "absent";
      return found.script.does === "unhealthy" ? "unhealthy" : "healthy";
    },
    get containers() {
      return [...live].map(({ spec }) => spec);
    },
    async close() {
      closing.abort();
      live.clear();
    },
  };
}
