import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "../../service.ts";
import type { GoogleCall, GoogleMethod, Principal } from "../api.ts";
import { denied } from "../front/injected-fault.ts";
import { serviceName } from "../names.ts";
import { GoogleFault, invalid } from "../status.ts";
import { object, text } from "../values.ts";
import type { RunContext } from "./context.ts";
import type { Controller } from "./controller.ts";
import type { DataPlane } from "./data-plane.ts";
import { applyMask, userFields } from "./field-mask.ts";
import type { Instances } from "./instances.ts";
import { checkMetadata } from "./metadata.ts";
import type { Service } from "./model.ts";
import type { Operations } from "./operations.ts";
import { pageOf } from "./pages.ts";
import { checkTemplate, revisionFor, withDefaults, withoutName } from "./template.ts";
import { readTraffic } from "./traffic.ts";
import { etagOf, viewService } from "./views.ts";

const typed = (view: JsonObject): JsonObject => ({
  "@type": "type.googleapis.com/google.cloud.run.v2.Service",
  ...view,
});

/** What the methods of services work with. */
export interface ServiceParts {
  readonly context: RunContext;
  readonly plane: DataPlane;
  readonly instances: Instances;
  readonly controller: Controller;
  readonly operations: Operations;
  readonly deniedPermissions: ReadonlySet<string>;
}

/** A service by its path. Throws NOT_FOUND. */
export function findService(context: RunContext, path: Readonly<Record<string, string>>): Service {
  const { project = "", location = "", service = "" } = path;
  const found = context.services.get(serviceName(project, location, service));
  if (found) return found;
  throw new GoogleFault(
    "NOT_FOUND",
    `Resource '${service}' of kind 'SERVICE' in region '${location}' in project '${project}' does not exist.`,
  );
}

/** Throws ABORTED when a caller's etag is not the present one. */
export function checkEtag(kind: string, given: string | undefined, present: string): void {
  if (given === undefined || given === present) return;
  throw new GoogleFault(
    "ABORTED",
    `Conflict for resource '${kind}': version '${given}' was specified but current version is '${present}'.`,
  );
}

/** The methods of `projects.locations.services`. */
export function serviceMethods(parts: ServiceParts): readonly GoogleMethod[] {
  const { context, plane } = parts;
  const collection = "v2/projects/{project}/locations/{location}/services";
  const id = (verb: string) => `run.projects.locations.services.${verb}`;
  return [
    {
      action: "services.create",
      id: id("create"),
      verb: "POST",
      path: collection,
      permission: "run.services.create",
      handle: (call) => create(parts, call, call.query.get("serviceId") ?? ""),
    },
    {
      action: "services.get",
      id: id("get"),
      verb: "GET",
      path: `${collection}/{service}`,
      permission: "run.services.get",
      handle: ({ path }) => viewService(context, plane, findService(context, path)),
    },
    {
      action: "services.list",
      id: id("list"),
      verb: "GET",
      path: collection,
      permission: "run.services.list",
      handle({ path, query }) {
        const prefix = serviceName(path["project"] ?? "", path["location"] ?? "", "");
        const found = [...context.services].filter(([name]) => name.startsWith(prefix));
        return pageOf(
          "services",
          found.map(([, service]) => viewService(context, plane, service)),
          query,
        );
      },
    },
    {
      action: "services.patch",
      id: id("patch"),
      verb: "PATCH",
      path: `${collection}/{service}`,
      permission: "run.services.update",
      handle: (call) => patch(parts, call),
    },
    {
      action: "services.delete",
      id: id("delete"),
      verb: "DELETE",
      path: `${collection}/{service}`,
      permission: "run.services.delete",
      handle: (call) => remove(parts, call),
    },
  ];
}

function patch(parts: ServiceParts, call: GoogleCall): JsonObject {
  const { context } = parts;
  const { path, query, body } = call;
  const name = serviceName(path["project"] ?? "", path["location"] ?? "", path["service"] ?? "");
  const service = context.services.get(name);
  if (!service && query.get("allowMissing") === "true") {
    if (parts.deniedPermissions.has("run.services.create")) throw denied("run.services.create");
    return create(parts, call, path["service"] ?? "");
  }
  const present = service ?? findService(context, path);
  checkEtag(present.id, text(body, "etag"), etagOf(present));
  const mask = query.get("updateMask");
  const desired = applyMask(present.desired, body, mask);
  const force = query.get("forceNewRevision") === "true" ? "new" : "when changed";
  return change(parts, call, present, desired, force, touchesTemplate(mask, force));
}

function create(parts: ServiceParts, call: GoogleCall, id: string): JsonObject {
  const { context } = parts;
  const { project = "", location = "" } = call.path;
  if (!/^[a-z]([-a-z0-9]{0,47}[a-z0-9])?$/.test(id)) {
    throw invalid(
      "service_id",
      `Service ID '${id}' must begin with a letter, hold only lower-case letters, digits and hyphens, not end with a hyphen and be shorter than 50 characters.`,
    );
  }
  const name = serviceName(project, location, id);
  if (context.services.has(name)) {
    throw new GoogleFault("ALREADY_EXISTS", `Resource '${id}' already exists.`);
  }
  const who = identity(call.principal);
  const service: Service = {
    id,
    project,
    location,
    uid: randomUUID(),
    createdAt: context.clock.now(),
    creator: who,
    lastModifier: who,
    updatedAt: context.clock.now(),
    version: 0,
    generation: 0,
    observedGeneration: 0,
    desired: {},
    traffic: [],
    reported: [],
    serving: [],
    reconciling: false,
    conditions: [],
    latestCreated: undefined,
    latestReady: undefined,
    revisions: new Map(),
    deleted: false,
  };
  return change(parts, call, service, userFields(call.body), "when changed", "template");
}

/** Puts a new desired state in force, or with `validateOnly` only answers what it would be. */
function change(
  parts: ServiceParts,
  { principal, query }: GoogleCall,
  service: Service,
  wanted: JsonObject,
  force: "new" | "when changed",
  scope: "template" | "traffic",
): JsonObject {
  const { context, plane, controller, operations } = parts;
  checkMetadata(wanted, "service");
  const template = withDefaults(object(wanted, "template"));
  checkTemplate(template, service.id);
  const desired = { ...wanted, template };
  const traffic = readTraffic(desired, service.id);
  const revision = revisionFor(service, template, force);
  const creates = "create" in revision;
  const parent = `projects/${service.project}/locations/${service.location}`;

  if (query.get("validateOnly") === "true") {
    const preview: Service = { ...service, desired, traffic };
    const view = () => typed(viewService(context, plane, preview));
    return operations.begin(parent, view, Promise.resolve({ response: view() }));
  }

  const name = serviceName(service.project, service.location, service.id);
  context.services.set(name, service);
  if (creates || !isDeepStrictEqual(service.desired, desired)) service.generation += 1;
  service.desired = desired;
  service.traffic = traffic;
  service.lastModifier = identity(principal);
  const now = context.clock.now();
  if (creates) {
    service.revisions.set(revision.create, {
      id: revision.create,
      uid: randomUUID(),
      template: withoutName(template),
      generation: service.generation,
      createdAt: now,
      creator: identity(principal),
      updatedAt: now,
      state: { is: "starting" },
      active: false,
    });
    service.latestCreated = revision.create;
  }
  const work = controller.settle(service, scope);
  const view = () => typed(viewService(context, plane, service));
  return operations.begin(
    parent,
    view,
    work.then((error) => (error ? { error } : { response: view() })),
  );
}

function remove({ context, plane, instances, operations }: ServiceParts, call: GoogleCall): JsonObject {
  const service = findService(context, call.path);
  checkEtag(service.id, call.query.get("etag") ?? undefined, etagOf(service));
  const parent = `projects/${service.project}/locations/${service.location}`;
  const view = () => typed(viewService(context, plane, service));
  if (call.query.get("validateOnly") === "true") {
    return operations.begin(parent, view, Promise.resolve({ response: view() }));
  }
  service.deleted = true;
  context.services.delete(serviceName(service.project, service.location, service.id));
  const ending = async () => {
    await context.clock.sleep(context.pace.routing, context.closing);
    const response = view();
    await plane.close(service);
    await Promise.all([...service.revisions.values()].map((revision) => instances.stop(revision)));
    return { response };
  };
  return operations.begin(parent, view, ending());
}

function touchesTemplate(mask: string | null, force: "new" | "when changed"): "template" | "traffic" {
  const all = mask === null || mask === "" || mask === "*";
  return all || force === "new" || /(^|,)\s*template/.test(mask) ? "template" : "traffic";
}

function identity({ email, member }: Principal): string {
  return email ?? member;
}
