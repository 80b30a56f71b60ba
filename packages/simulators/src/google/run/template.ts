import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { isJsonObject } from "../../members.ts";
import type { JsonObject } from "../../service.ts";
import { GoogleFault, invalid } from "../status.ts";
import { numeric, object, objects, text } from "../values.ts";
import { checkMetadata } from "./metadata.ts";
import type { Revision, Service } from "./model.ts";

/** Checks a revision template. Throws INVALID_ARGUMENT naming the field. */
export function checkTemplate(template: JsonObject, service: string): void {
  checkMetadata(template, "service.template");
  const containers = objects(template, "containers");
  if (containers.length === 0)
    throw invalid(
      "service.template.containers",
      "Revision template should contain exactly 1 container with an exposed port.",
    );
  const withPorts = containers.filter((container) => objects(container, "ports").length > 0);
  if (withPorts.length > 1 || (containers.length > 1 && withPorts.length === 0)) {
    throw invalid(
      "service.template.containers",
      "Revision template should contain exactly one container with an exposed port.",
    );
  }
  for (const [index, container] of containers.entries()) {
    const field = `service.template.containers[${index}]`;
    if (text(container, "image") === undefined)
      throw invalid(`${field}.image`, "Container image is required.");
    for (const { name } of objects(container, "env").map((entry) => ({ name: text(entry, "name") }))) {
      if (name === undefined) throw invalid(`${field}.env`, "Environment variable name is required.");
      if (["PORT", "K_SERVICE", "K_REVISION", "K_CONFIGURATION"].includes(name)) {
        throw invalid(
          `${field}.env`,
          `The following reserved env names were provided: ${name}. These values are automatically set by the system.`,
        );
      }
    }
  }
  const named = text(template, "revision");
  if (
    named !== undefined &&
    !(named.startsWith(`${service}-`) && /^[a-z][-a-z0-9]{0,61}[a-z0-9]$/.test(named))
  ) {
    throw invalid(
      "service.template.revision",
      `Revision name '${named}' must begin with '${service}-', hold only lower-case letters, digits and hyphens, not end with a hyphen and be shorter than 64 characters.`,
    );
  }
  const concurrency = numeric(template, "maxInstanceRequestConcurrency");
  if (concurrency !== undefined && (concurrency < 0 || concurrency > 1000)) {
    throw invalid(
      "service.template.maxInstanceRequestConcurrency",
      `Concurrency ${concurrency} must be between 0 and 1000.`,
    );
  }
}

/** The template as a revision keeps it. */
export function withoutName({ revision: _, ...template }: JsonObject): JsonObject {
  return template;
}

/**
 * Which revision a new desired state asks for: an existing one when nothing of the template has changed, else a new name.
 * Throws ALREADY_EXISTS when the template names a revision that exists with another configuration.
 */
export function revisionFor(
  service: Pick<Service, "id" | "generation" | "latestCreated" | "revisions">,
  template: JsonObject,
  force: "new" | "when changed",
): { readonly existing: Revision } | { readonly create: string } {
  const named = text(template, "revision");
  const wanted = withoutName(template);
  if (named !== undefined) {
    const holder = service.revisions.get(named);
    if (!holder) return { create: named };
    if (!isDeepStrictEqual(holder.template, wanted)) {
      throw new GoogleFault(
        "ALREADY_EXISTS",
        `Revision named '${named}' with different configuration already exists.`,
      );
    }
    return { existing: holder };
  }
  const newest =
    service.latestCreated === undefined ? undefined : service.revisions.get(service.latestCreated);
  if (newest && force === "when changed" && isDeepStrictEqual(newest.template, wanted))
    return { existing: newest };
  return { create: generatedName(service) };
}

/** `service-00002-abc`: the generation the revision was made by and three letters. */
function generatedName({
  id,
  generation,
  revisions,
}: Pick<Service, "id" | "generation" | "revisions">): string {
  const letters = [...randomBytes(3)].map((byte) => "bcdfghjklmnpqrstvwxz"[byte % 20]).join("");
  const name = `${id}-${String(generation + 1).padStart(5, "0")}-${letters}`;
  return revisions.has(name) ? generatedName({ id, generation, revisions }) : name;
}

/** The container requests go to: the one with a port, or the only one. */
export function ingressContainer(template: JsonObject): JsonObject {
  const containers = objects(template, "containers");
  return containers.find((container) => objects(container, "ports").length > 0) ?? containers[0] ?? {};
}

/** Port the ingress container is told to listen on; 8080 unless the template says otherwise. */
export function ingressPort(template: JsonObject): number {
  const [port] = objects(ingressContainer(template), "ports");
  return (port && numeric(port, "containerPort")) ?? 8080;
}

/** The template with the defaults that Cloud Run fills in on reading. */
export function withDefaults(template: JsonObject): JsonObject {
  const containers = objects(template, "containers").map((container) => {
    const isIngress = container === ingressContainer(template);
    const limits = object(object(container, "resources"), "limits");
    return {
      ...container,
      resources: {
        startupCpuBoost: false,
        cpuIdle: true,
        ...object(container, "resources"),
        limits: { cpu: "1000m", memory: "512Mi", ...limits },
      },
      ...(isIngress ? { ports: [{ name: "http1", containerPort: ingressPort(template) }] } : {}),
      ...(isIngress && !isJsonObject(container["startupProbe"])
        ? {
            startupProbe: {
              timeoutSeconds: 240,
              periodSeconds: 240,
              failureThreshold: 1,
              tcpSocket: { port: ingressPort(template) },
            },
          }
        : {}),
    };
  });
  return {
    timeout: "300s",
    maxInstanceRequestConcurrency: 80,
    scaling: { maxInstanceCount: 100 },
    ...template,
    containers,
  };
}
