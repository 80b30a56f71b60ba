import type { GoogleApi, GoogleMethod } from "../api.ts";

/** Where a request goes. */
export interface Route {
  readonly api: GoogleApi;
  readonly method: GoogleMethod;
  readonly path: Readonly<Record<string, string>>;
}

/** Finds the method of a verb and a URL path; undefined when there is none. */
export type Router = (verb: string, path: string) => Route | undefined;

/** Builds a {@link Router} over the methods of all APIs. Their paths differ, so that one server can answer for all hosts. */
export function createRouter(apis: readonly GoogleApi[]): Router {
  const entries = apis.flatMap((api) =>
    api.methods.map((method) => ({ api, method, pattern: compile(method.path) })),
  );
  return (verb, path) => {
    for (const { api, method, pattern } of entries) {
      const match = method.verb === verb ? pattern.exec(path.replace(/^\//, "")) : null;
      if (!match) continue;
      const values = Object.entries(match.groups ?? {}).map(([name, value]) => [
        name,
        decodeURIComponent(value),
      ]);
      return { api, method, path: Object.fromEntries(values) };
    }
    return undefined;
  };
}

/** A placeholder is one segment without colon, as custom verbs follow one; `{name+}` spans slashes. */
function compile(template: string): RegExp {
  const source = template
    .replace(/[.]/g, "\\.")
    .replace(/\{(\w+)\+\}/g, "(?<$1>[^:?]+)")
    .replace(/\{(\w+)\}/g, "(?<$1>[^/:]+)");
  return new RegExp(`^${source}$`);
}
