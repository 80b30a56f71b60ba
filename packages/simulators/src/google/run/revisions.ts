import type { JsonObject } from "../../service.ts";
import type { GoogleMethod } from "../api.ts";
import { GoogleFault } from "../status.ts";
import { text } from "../values.ts";
import { touch } from "./context.ts";
import type { Revision, Service } from "./model.ts";
import { pageOf } from "./pages.ts";
import { checkEtag, findService, type ServiceParts } from "./services.ts";
import { viewRevision } from "./views.ts";

/** The methods of `projects.locations.services.revisions`. */
export function revisionMethods({ context, instances, operations }: ServiceParts): readonly GoogleMethod[] {
  const collection = "v2/projects/{project}/locations/{location}/services/{service}/revisions";
  const id = (verb: string) => `run.projects.locations.services.revisions.${verb}`;
  const find = (path: Readonly<Record<string, string>>): readonly [Service, Revision] => {
    const service = findService(context, path);
    const revision = service.revisions.get(path["revision"] ?? "");
    if (revision) return [service, revision];
    throw new GoogleFault(
      "NOT_FOUND",
      `Resource '${path["revision"]}' of kind 'REVISION' in region '${service.location}' in project '${service.project}' does not exist.`,
    );
  };
  const remove = (path: Readonly<Record<string, string>>, query: URLSearchParams): JsonObject => {
    const [service, revision] = find(path);
    const view = viewRevision(context, service, revision);
    checkEtag(revision.id, query.get("etag") ?? undefined, text(view, "etag") ?? "");
    const named = service.traffic.some(({ to }) => "revision" in to && to.revision === revision.id);
    if (named || revision.active || service.latestCreated === revision.id) {
      throw new GoogleFault(
        "FAILED_PRECONDITION",
        `Revision '${revision.id}' cannot be deleted: it is the latest revision or is named by the traffic of service '${service.id}'.`,
      );
    }
    const metadata = { "@type": "type.googleapis.com/google.cloud.run.v2.Revision", ...view };
    const ending = async () => {
      await instances.stop(revision);
      service.revisions.delete(revision.id);
      touch(context, service);
      return { response: metadata };
    };
    const validated = query.get("validateOnly") === "true";
    const parent = `projects/${service.project}/locations/${service.location}`;
    return operations.begin(
      parent,
      () => metadata,
      validated ? Promise.resolve({ response: metadata }) : ending(),
    );
  };
  return [
    {
      action: "revisions.get",
      id: id("get"),
      verb: "GET",
      path: `${collection}/{revision}`,
      permission: "run.revisions.get",
      handle: ({ path }) => viewRevision(context, ...find(path)),
    },
    {
      action: "revisions.list",
      id: id("list"),
      verb: "GET",
      path: collection,
      permission: "run.revisions.list",
      handle({ path, query }) {
        const service = findService(context, path);
        const newestFirst = [...service.revisions.values()].reverse();
        return pageOf(
          "revisions",
          newestFirst.map((revision) => viewRevision(context, service, revision)),
          query,
        );
      },
    },
    {
      action: "revisions.delete",
      id: id("delete"),
      verb: "DELETE",
      path: `${collection}/{revision}`,
      permission: "run.revisions.delete",
      handle: ({ path, query }) => remove(path, query),
    },
  ];
}
