import type { EventFilters, Triggers } from "../files/workflow-model.ts";
import { matchesFilters } from "../language/filter-pattern.ts";
import { isMapping, isSequence, type Value } from "../language/value.ts";

/** The event a run starts from. */
export interface TriggerEvent {
  readonly name: string;
  /** Full git reference: `refs/heads/main`, `refs/tags/v1`. */
  readonly ref: string;
  readonly payload: Value;
}

/** Activity types that start a pull request workflow when it names none. */
const pullRequestTypes = ["opened", "synchronize", "reopened"];

/** Why GitHub would not start the workflow on this event; undefined when it would. */
export function whyNotTriggered(triggers: Triggers, event: TriggerEvent): string | undefined {
  const filters = triggers.events.get(event.name);
  if (!filters) {
    return `the workflow does not run on '${event.name}'; it runs on ${[...triggers.events.keys()].join(", ")}`;
  }
  return typeMismatch(filters, event) ?? refMismatch(filters, event) ?? pathMismatch(filters, event);
}

function typeMismatch(filters: EventFilters, event: TriggerEvent): string | undefined {
  const defaults = event.name.startsWith("pull_request") ? pullRequestTypes : undefined;
  const types = filters.get("types") ?? defaults;
  const action = member(event.payload, "action");
  if (!types || typeof action !== "string" || types.includes(action)) return undefined;
  return `the activity type '${action}' is not among ${types.join(", ")}`;
}

function refMismatch(filters: EventFilters, event: TriggerEvent): string | undefined {
  const base = member(member(member(event.payload, "pull_request"), "base"), "ref");
  const tag = event.name === "push" && event.ref.startsWith("refs/tags/");
  const name = typeof base === "string" ? base : event.ref.replace(/^refs\/(heads|tags)\//, "");
  const [kind, other] = tag ? ["tags", "branches"] : ["branches", "tags"];
  const only = filters.get(kind);
  const except = filters.get(`${kind}-ignore`);
  if (only)
    return matchesFilters(name, only) ? undefined : `'${name}' matches none of ${kind}: ${only.join(", ")}`;
  if (except)
    return matchesFilters(name, except) ? `'${name}' is in ${kind}-ignore: ${except.join(", ")}` : undefined;
  const filtersOther = filters.has(other) || filters.has(`${other}-ignore`);
  return filtersOther ? `the workflow filters ${other} only and '${event.ref}' is none` : undefined;
}

function pathMismatch(filters: EventFilters, event: TriggerEvent): string | undefined {
  const only = filters.get("paths");
  const except = filters.get("paths-ignore");
  const changed = changedPaths(event.payload);
  // GitHub runs the workflow when it cannot tell what changed.
  if ((!only && !except) || changed.length === 0) return undefined;
  if (only && !changed.some((path) => matchesFilters(path, only)))
    return `no changed path matches ${only.join(", ")}`;
  if (except && changed.every((path) => matchesFilters(path, except)))
    return "every changed path is in paths-ignore";
  return undefined;
}

function changedPaths(payload: Value): readonly string[] {
  const commits = member(payload, "commits");
  if (!isSequence(commits)) return [];
  return commits.flatMap((commit) =>
    ["added", "modified", "removed"].flatMap((kind) => {
      const paths = member(commit, kind);
      return isSequence(paths) ? paths.filter((path) => typeof path === "string") : [];
    }),
  );
}

function member(value: Value, key: string): Value {
  return isMapping(value) ? (value[key] ?? null) : null;
}
