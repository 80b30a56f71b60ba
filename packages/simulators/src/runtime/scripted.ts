import type { Clock } from "#ship/kit";
import type {
  ContainerEvents,
  ContainerRuntime,
  ContainerSpec,
  Endpoint,
  RunningContainer,
} from "../ports.ts";
import { closestImage } from "./image-name.ts";
import type { Script } from "./script.ts";
import { scriptedAnswer } from "./scripted-answer.ts";
import { type Door, openDoor } from "./scripted-door.ts";

export type { Script } from "./script.ts";

export interface ScriptedRuntime extends ContainerRuntime {
  /** Changes what an image does from its next start on. The closest name wins; see `closestImage`. */
  script(image: string, script: Script): void;
  /** Ends every running container of an image, as a crash does. */
  crash(image: string, exitCode: number): void;
  /** What a health check of the endpoint finds; `absent` when nothing listens there. */
  probe(endpoint: Endpoint): "healthy" | "unhealthy" | "absent";
  /** Containers that run now, with the specification they were started with. */
  readonly containers: readonly ContainerSpec[];
}

export interface ScriptedOptions {
  /** Whether something tiny listens where a container is; otherwise, the default, its address exists on paper only. */
  readonly requests?: "answered" | "refused";
}

interface Live {
  readonly spec: ContainerSpec;
  readonly script: Script;
  /** By container port. */
  readonly endpoints: Map<number, Endpoint>;
  readonly doors: Door[];
  readonly exit: (exitCode: number) => void;
}

/**
 * A runtime that starts no program: each image follows its script, and an image without one runs and is healthy.
 * Containers get loopback addresses of their own (127.1.x.y).
 */
export function scriptedRuntime(
  clock: Clock,
  scripts: Readonly<Record<string, Script>> = {},
  { requests = "refused" }: ScriptedOptions = {},
): ScriptedRuntime {
  const known = new Map(Object.entries(scripts));
  const live = new Set<Live>();
  const closing = new AbortController();
  let addresses = 0;

  const scriptOf = (image: string): Script =>
    known.get(closestImage(known.keys(), image) ?? image) ?? { does: "runs" };

  const exitLater = async (container: Live, afterMs: number, code: number) => {
    await clock.sleep(afterMs, closing.signal).catch(() => undefined);
    if (!closing.signal.aborted) container.exit(code);
  };

  const openDoors = async ({ spec, script, endpoints, doors }: Live) => {
    for (const [port, wanted] of endpoints) {
      const door = await openDoor(wanted, scriptedAnswer(spec, script));
      doors.push(door);
      endpoints.set(port, door.endpoint);
    }
  };

  const start = async (spec: ContainerSpec, events: ContainerEvents): Promise<RunningContainer> => {
    const script = scriptOf(spec.image);
    if (script.does === "pull-failure") {
      throw new Error(
        script.reason ??
          `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${spec.image}: ${spec.image}: not found`,
      );
    }
    addresses += 1;
    const host = `127.1.${Math.floor(addresses / 250)}.${(addresses % 250) + 1}`;
    const container: Live = {
      spec,
      script,
      endpoints: new Map(spec.ports.map((port) => [port, { host, port }])),
      doors: [],
      exit(exitCode) {
        if (!live.delete(container)) return;
        for (const door of container.doors) door.close();
        events.exited({ exitCode });
      },
    };
    if (requests === "answered") await openDoors(container);
    if (closing.signal.aborted) {
      for (const door of container.doors) door.close();
      throw new Error("CannotStartContainerError: the container runtime is closed");
    }
    live.add(container);
    for (const line of script.lines ?? []) events.output(line);
    if (script.does === "exits") void exitLater(container, script.afterMs, script.code);
    return {
      endpoint: (port) => container.endpoints.get(port),
      async stop() {
        container.exit(143);
      },
      execute: async () => (script.does === "unhealthy" ? 1 : 0),
    };
  };

  return {
    start,
    script: (image, script) => known.set(image, script),
    crash(image, exitCode) {
      for (const container of live) if (container.spec.image === image) container.exit(exitCode);
    },
    probe({ host, port }) {
      const found = [...live].find(({ endpoints }) =>
        [...endpoints.values()].some((endpoint) => endpoint.host === host && endpoint.port === port),
      );
      if (!found) return "absent";
      return found.script.does === "unhealthy" ? "unhealthy" : "healthy";
    },
    get containers() {
      return [...live].map(({ spec }) => spec);
    },
    async close() {
      closing.abort();
      for (const { doors } of live) for (const door of doors) door.close();
      live.clear();
    },
  };
}
