import type { Clock } from "#ship/kit";
import type { ContainerRuntime } from "../../ports.ts";
import type { Project } from "../names.ts";
import type { Service } from "./model.ts";
import type { RunPace } from "./pace.ts";

/** One request that a revision served, or that Cloud Run answered in its place. */
export interface RunRequest {
  /** When the answer ended, milliseconds since the epoch. */
  readonly at: number;
  readonly service: string;
  readonly location: string;
  /** Short name. */
  readonly revision: string;
  readonly status: number;
  /** Milliseconds from the first byte sent to the container until its answer ended; starting it does not count. */
  readonly latency: number;
}

/** One line a container wrote. */
export interface RunLine {
  readonly at: number;
  readonly service: string;
  readonly location: string;
  readonly revision: string;
  readonly instance: string;
  readonly message: string;
}

/** What every part of the simulated Cloud Run works with. */
export interface RunContext {
  readonly clock: Clock;
  readonly project: Project;
  readonly pace: RunPace;
  readonly runtime: ContainerRuntime;
  /** By full resource name. */
  readonly services: Map<string, Service>;
  /** Aborts when the simulation ends. */
  readonly closing: AbortSignal;
  readonly onRequest: (request: RunRequest) => void;
  readonly onLine: (line: RunLine) => void;
  /** The value of a Secret Manager secret version; undefined when there is none. */
  readonly secret: (name: string, version: string) => string | undefined;
  /** Numbers in [0, 1) that choose among weighted targets. */
  readonly random: () => number;
  /** How services are addressed: by their names in the real world, or where they really answer. */
  readonly uris: "run.app" | "local";
}

/** Counts a change of a service, which gives it a new etag. */
export function touch(context: Pick<RunContext, "clock">, service: Service): void {
  service.version += 1;
  service.updatedAt = context.clock.now();
}
