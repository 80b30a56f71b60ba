import { randomUUID } from "node:crypto";
import type { Clock } from "#ship/kit";
import type { JsonObject } from "../../service.ts";
import type { GoogleMethod } from "../api.ts";
import { GoogleFault, type RpcStatus } from "../status.ts";
import { durationMilliseconds, text } from "../values.ts";

/** A long-running operation. */
export interface Operation {
  readonly name: string;
  readonly parent: string;
  readonly createdAt: number;
  /** The resource as it is at the moment, with its `@type`. */
  readonly metadata: () => JsonObject;
  outcome: undefined | { readonly response: JsonObject } | { readonly error: RpcStatus };
  readonly finished: Promise<void>;
}

/** The operations of all services. */
export interface Operations {
  readonly all: readonly Operation[];
  /** Begins an operation; `work` moves on by itself and answers how it ended. */
  begin(
    parent: string,
    metadata: () => JsonObject,
    work: Promise<{ readonly response: JsonObject } | { readonly error: RpcStatus }>,
  ): JsonObject;
  readonly methods: readonly GoogleMethod[];
}

/** As long as a wait may take when its caller names no limit. */
const longestWait = 60_000;

export function createOperations(clock: Clock, closing: AbortSignal): Operations {
  const operations = new Map<string, Operation>();
  const find = (path: Readonly<Record<string, string>>): Operation => {
    const name = `projects/${path["project"]}/locations/${path["location"]}/operations/${path["operation"]}`;
    const operation = operations.get(name);
    if (operation) return operation;
    throw new GoogleFault("NOT_FOUND", `Requested entity was not found. Operation '${name}' does not exist.`);
  };
  const path = "v2/projects/{project}/locations/{location}/operations";
  const id = (verb: string) => `run.projects.locations.operations.${verb}`;
  return {
    get all() {
      return [...operations.values()];
    },
    begin(parent, metadata, work) {
      const operation: Operation = {
        name: `${parent}/operations/${randomUUID()}`,
        parent,
        createdAt: clock.now(),
        metadata,
        outcome: undefined,
        finished: work.then(
          (outcome) => {
            operation.outcome = outcome;
          },
          (error: unknown) => {
            if (!closing.aborted) operation.outcome = { error: { code: 13, message: String(error) } };
          },
        ),
      };
      operations.set(operation.name, operation);
      return view(operation);
    },
    methods: [
      {
        action: "operations.get",
        id: id("get"),
        verb: "GET",
        path: `${path}/{operation}`,
        permission: "run.operations.get",
        handle: (call) => view(find(call.path)),
      },
      {
        action: "operations.wait",
        id: id("wait"),
        verb: "POST",
        path: `${path}/{operation}:wait`,
        permission: "run.operations.get",
        async handle(call) {
          const operation = find(call.path);
          const limit = durationMilliseconds(text(call.body, "timeout")) ?? longestWait;
          const over = new AbortController();
          const signal = AbortSignal.any([over.signal, call.closed, closing]);
          await Promise.race([operation.finished, clock.sleep(limit, signal).catch(() => undefined)]);
          over.abort();
          return view(operation);
        },
      },
      {
        action: "operations.list",
        id: id("list"),
        verb: "GET",
        path,
        permission: "run.operations.list",
        handle({ path: { project, location } }) {
          const parent = `projects/${project}/locations/${location}`;
          const found = [...operations.values()].filter((operation) => operation.parent === parent);
          return found.length > 0 ? { operations: found.reverse().map(view) } : {};
        },
      },
    ],
  };
}

function view({ name, metadata, outcome }: Operation): JsonObject {
  return { name, metadata: metadata(), ...(outcome ? { done: true, ...outcome } : {}) };
}
