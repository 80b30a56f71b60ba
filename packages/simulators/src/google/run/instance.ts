import { randomBytes } from "node:crypto";
import type { ContainerSpec, Endpoint, RunningContainer } from "../../ports.ts";
import type { JsonObject } from "../../service.ts";
import { numeric, object, objects, text, texts } from "../values.ts";
import type { RunContext } from "./context.ts";
import { imageMissing, notListening, probeFailed, secretMissing } from "./failures.ts";
import type { Revision, Service } from "./model.ts";
import { started, startupCheckOf } from "./startup.ts";
import { ingressContainer, ingressPort } from "./template.ts";

/** A running copy of a revision: all its containers. */
export interface Instance {
  readonly id: string;
  /** Where the ingress container answers. */
  readonly endpoint: Endpoint;
  /** Resolves once a container of it has ended by itself or it was stopped. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** Time between SIGTERM and SIGKILL (https://cloud.google.com/run/docs/container-contract, "Instance shutdown"). */
const grace = 10_000;

/** Starts a revision's containers and waits for their startup checks. Rejects with a {@link StartFailure}. */
export async function startInstance(
  context: RunContext,
  service: Service,
  revision: Revision,
): Promise<Instance> {
  const id = randomBytes(24).toString("hex");
  const over = new AbortController();
  const running: RunningContainer[] = [];
  const ended = new Promise<void>((resolve) =>
    over.signal.addEventListener("abort", () => resolve(), { once: true }),
  );
  const stop = async () => {
    over.abort(new Error("The instance was stopped."));
    await Promise.all(running.map((container) => container.stop(grace)));
  };
  const ingress = ingressContainer(revision.template);
  let endpoint: Endpoint | undefined;
  try {
    for (const container of objects(revision.template, "containers")) {
      const spec = specOf(context, service, revision, container);
      const started = await context.runtime
        .start(spec, {
          output: (message) =>
            context.onLine({
              at: context.clock.now(),
              service: service.id,
              location: service.location,
              revision: revision.id,
              instance: id,
              message,
            }),
          exited: () => over.abort(notListening(ingressPort(revision.template))),
        })
        .catch((cause: unknown) => {
          throw imageMissing(spec.image, cause);
        });
      running.push(started);
      if (container === ingress) endpoint = started.endpoint(ingressPort(revision.template));
    }
    if (!endpoint) throw notListening(ingressPort(revision.template));
    await waitForStart(context, revision, ingress, endpoint, over.signal);
  } catch (error) {
    await stop();
    throw error;
  }
  return { id, endpoint, ended, stop };
}

async function waitForStart(
  context: RunContext,
  revision: Revision,
  ingress: JsonObject,
  endpoint: Endpoint,
  over: AbortSignal,
): Promise<void> {
  over.throwIfAborted();
  if (revision.template["healthCheckDisabled"] === true) return;
  const check = startupCheckOf(ingress);
  const signal = AbortSignal.any([over, context.closing]);
  if (await started(context, endpoint, check, signal)) return;
  throw check.path === undefined ? notListening(ingressPort(revision.template)) : probeFailed();
}

function specOf(
  context: RunContext,
  service: Service,
  revision: Revision,
  container: JsonObject,
): ContainerSpec {
  const isIngress = container === ingressContainer(revision.template);
  const port = isIngress ? ingressPort(revision.template) : undefined;
  const command = texts(container, "args");
  const entryPoint = texts(container, "command");
  return {
    name: text(container, "name") ?? service.id,
    image: text(container, "image") ?? "",
    essential: true,
    environment: {
      K_SERVICE: service.id,
      K_REVISION: revision.id,
      K_CONFIGURATION: service.id,
      ...(port === undefined ? {} : { PORT: String(port) }),
      ...Object.fromEntries(objects(container, "env").map((entry) => variable(context, entry))),
    },
    ports:
      port === undefined
        ? objects(container, "ports").flatMap((each) => numeric(each, "containerPort") ?? [])
        : [port],
    ...(command.length > 0 ? { command } : {}),
    ...(entryPoint.length > 0 ? { entryPoint } : {}),
  };
}

function variable(context: RunContext, entry: JsonObject): readonly [string, string] {
  const name = text(entry, "name") ?? "";
  const reference = object(object(entry, "valueSource"), "secretKeyRef");
  const secret = text(reference, "secret");
  if (secret === undefined) return [name, text(entry, "value") ?? ""];
  const version = text(reference, "version") ?? "latest";
  const value = context.secret(secret, version);
  if (value === undefined) throw secretMissing(secret, version);
  return [name, value];
}
