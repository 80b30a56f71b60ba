import type { Handler, JsonObject } from "../service.ts";
import type { EcsContext } from "./context.ts";
import { client, invalid, taskDefinitionUnknown } from "./faults.ts";
import { date, flag, objects, present, requiredText, text, texts } from "./input.ts";
import type { TaskDefinition } from "./model.ts";
import { pageOf } from "./pages.ts";
import { lookUpTaskDefinition } from "./state.ts";
import { tagsOf } from "./tags.ts";
import {
  compatibilities,
  describedContainers,
  describedRoles,
  describedSizes,
  describedVolumes,
  requiredAttributes,
} from "./task-definition-defaults.ts";

/** A task definition as Describe and Register answer it; tags are answered beside it. */
export function taskDefinitionView(definition: TaskDefinition): JsonObject {
  return present({
    ...definition.body,
    status: definition.status,
    deregisteredAt: date(definition.deregisteredAt),
    deleteRequestedAt: date(definition.deleteRequestedAt),
  });
}

function register(ecs: EcsContext): Handler {
  return (input) => {
    const family = requiredText(input, "family");
    if (!/^[A-Za-z0-9_-]{1,255}$/.test(family)) {
      throw client(
        "Family contains invalid characters. Use up to 255 letters, numbers, hyphens and underscores.",
      );
    }
    const networkMode = text(input, "networkMode") ?? "bridge";
    const containers = describedContainers(input, networkMode);
    const fits = compatibilities(input, networkMode);
    const history = ecs.state.families.get(family) ?? { next: 1, revisions: [] };
    const revision = history.next;
    const arn = ecs.arns.taskDefinition(family, revision);
    const { tags: _tags, ...fields } = input;
    const definition: TaskDefinition = {
      arn,
      family,
      revision,
      status: "ACTIVE",
      containers,
      tags: tagsOf(input),
      body: present({
        ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)),
        taskDefinitionArn: arn,
        containerDefinitions: containers,
        family,
        revision,
        networkMode: fields["networkMode"] ?? undefined,
        ...describedSizes(input),
        ...describedRoles(input, ecs.arns.role),
        volumes: describedVolumes(input),
        placementConstraints: objects(input, "placementConstraints") ?? [],
        enableFaultInjection: flag(input, "enableFaultInjection") ?? false,
        compatibilities: fits,
        requiresAttributes: requiredAttributes(containers, input, networkMode),
        registeredAt: new Date(ecs.clock.now()),
        registeredBy: ecs.arns.root,
      }),
    };
    ecs.state.families.set(family, { next: revision + 1, revisions: [...history.revisions, definition] });
    return present({
      taskDefinition: taskDefinitionView(definition),
      tags: definition.tags.length > 0 ? definition.tags : undefined,
    });
  };
}

function describe(ecs: EcsContext): Handler {
  return (input) => {
    const definition = lookUpTaskDefinition(ecs.state, requiredText(input, "taskDefinition"));
    if (!definition) throw taskDefinitionUnknown();
    const withTags = texts(input, "include")?.includes("TAGS") ?? false;
    return { taskDefinition: taskDefinitionView(definition), ...(withTags ? { tags: definition.tags } : {}) };
  };
}

function deregister(ecs: EcsContext): Handler {
  return (input) => {
    const reference = requiredText(input, "taskDefinition");
    if (!/:\d+$/.test(reference)) throw client("Invalid revision number. Must be a positive integer.");
    const definition = lookUpTaskDefinition(ecs.state, reference);
    if (!definition) throw client("The specified task definition does not exist.");
    if (definition.status === "INACTIVE") throw invalid("The specified task definition is already inactive.");
    definition.status = "INACTIVE";
    definition.deregisteredAt = ecs.clock.now();
    return { taskDefinition: taskDefinitionView(definition) };
  };
}

function inUse(ecs: EcsContext, definition: TaskDefinition): boolean {
  const served = [...ecs.state.services.values()].some(
    (service) => service.status !== "INACTIVE" && service.settings.taskDefinitionArn === definition.arn,
  );
  return (
    served ||
    [...ecs.state.tasks.values()].some(
      (task) => task.definition === definition && task.lastStatus !== "STOPPED",
    )
  );
}

function deleteDefinitions(ecs: EcsContext): Handler {
  return (input) => {
    const references = texts(input, "taskDefinitions") ?? [];
    if (references.length === 0 || references.length > 10) {
      throw invalid(`taskDefinitions names ${references.length} task definitions; it must name 1 to 10.`);
    }
    const failures: JsonObject[] = [];
    const deleted: JsonObject[] = [];
    for (const reference of references) {
      const definition = lookUpTaskDefinition(ecs.state, reference);
      if (!definition) {
        failures.push({ arn: reference, reason: "The specified task definition does not exist." });
      } else if (definition.status === "ACTIVE") {
        const detail =
          "The specified task definition is still in ACTIVE status. Please deregister the target and try again.";
        failures.push({ arn: definition.arn, reason: detail });
      } else {
        definition.status = "DELETE_IN_PROGRESS";
        definition.deleteRequestedAt = ecs.clock.now();
        deleted.push(taskDefinitionView(definition));
        const history = ecs.state.families.get(definition.family);
        if (history && !inUse(ecs, definition)) {
          history.revisions = history.revisions.filter((other) => other !== definition);
        }
      }
    }
    return { taskDefinitions: deleted, failures };
  };
}

function list(ecs: EcsContext): Handler {
  return (input) => {
    const family = text(input, "familyPrefix");
    const status = text(input, "status") ?? "ACTIVE";
    const arns = [...ecs.state.families.entries()]
      .filter(([name]) => family === undefined || name === family)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([, history]) => history.revisions)
      .filter((definition) => definition.status === status)
      .map((definition) => definition.arn);
    const page = pageOf(input, text(input, "sort") === "DESC" ? arns.reverse() : arns);
    return present({ taskDefinitionArns: page.items, nextToken: page.nextToken });
  };
}

function listFamilies(ecs: EcsContext): Handler {
  return (input) => {
    const prefix = text(input, "familyPrefix") ?? "";
    const status = text(input, "status") ?? "ACTIVE";
    const families = [...ecs.state.families.entries()]
      .filter(([name]) => name.startsWith(prefix))
      .filter(([, { revisions }]) => {
        const active = revisions.some((definition) => definition.status === "ACTIVE");
        return status === "ALL" || (status === "ACTIVE") === active;
      })
      .map(([name]) => name)
      .sort();
    const page = pageOf(input, families);
    return present({ families: page.items, nextToken: page.nextToken });
  };
}

export const taskDefinitionHandlers = (ecs: EcsContext) => ({
  RegisterTaskDefinition: register(ecs),
  DescribeTaskDefinition: describe(ecs),
  DeregisterTaskDefinition: deregister(ecs),
  DeleteTaskDefinitions: deleteDefinitions(ecs),
  ListTaskDefinitions: list(ecs),
  ListTaskDefinitionFamilies: listFamilies(ecs),
});
