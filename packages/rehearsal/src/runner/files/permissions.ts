import { describe, readFields } from "../language/fields.ts";
import type { Problems } from "../language/problems.ts";
import type { SourceNode } from "../language/source.ts";

export type Access = "none" | "read" | "write";

/** Access by scope; a scope that is absent has none. */
export type Permissions = ReadonlyMap<string, Access>;

/** Scopes of the job token (workflow-v1.0 schema). */
const scopes = [
  "actions",
  "artifact-metadata",
  "attestations",
  "checks",
  "code-quality",
  "contents",
  "copilot-requests",
  "deployments",
  "discussions",
  "drives",
  "id-token",
  "issues",
  "models",
  "packages",
  "pages",
  "pull-requests",
  "repository-projects",
  "security-events",
  "statuses",
  "vulnerability-alerts",
];
const levels: readonly Access[] = ["none", "read", "write"];

/** The token of a repository created since 2023 when a workflow asks for nothing. */
export const defaultPermissions: Permissions = new Map([
  ["contents", "read"],
  ["packages", "read"],
]);

/** Reads `read-all`, `write-all` or a mapping of scopes. */
export function readPermissions(node: SourceNode, problems: Problems): Permissions {
  if (node.kind === "scalar" && (node.value === "read-all" || node.value === "write-all")) {
    const access = node.value === "read-all" ? "read" : "write";
    // id-token has no read access: read-all leaves it out.
    return new Map(scopes.filter((s) => access === "write" || s !== "id-token").map((s) => [s, access]));
  }
  const fields = readFields(node, { what: "permissions", known: scopes }, problems);
  const permissions = new Map<string, Access>();
  for (const [scope, { value }] of fields) {
    const access = levels.find((level) => value.kind === "scalar" && value.value === level);
    if (access) permissions.set(scope, access);
    else
      problems.add(value.at, `permission ${scope}: expected none, read or write, found ${describe(value)}`);
  }
  return permissions;
}

/** What `asked` wants beyond `allowed`, each as `scope: access`. */
export function excess(asked: Permissions, allowed: Permissions): readonly string[] {
  return [...asked]
    .filter(([scope, access]) => levels.indexOf(access) > levels.indexOf(allowed.get(scope) ?? "none"))
    .map(([scope, access]) => `${scope}: ${access}`);
}
