/** What a request wants to do with a repository. */
export interface Scope {
  /** Path within the registry. */
  readonly path: string;
  readonly actions: "pull" | "pull,push";
}

/**
 * The scopes to ask a token for: those of the request, and what the registry asks for beyond them.
 * Texts of the form `repository:<path>:<actions>` (distribution docs, Token Scope Documentation).
 */
export function scopeTexts(wanted: readonly Scope[], asked: readonly string[]): readonly string[] {
  const actionsByResource = new Map<string, Set<string>>();
  const texts = [...wanted.map(({ path, actions }) => `repository:${path}:${actions}`), ...asked];
  for (const text of texts) {
    const split = text.lastIndexOf(":");
    const resource = text.slice(0, split);
    const actions = actionsByResource.get(resource) ?? new Set();
    for (const action of text.slice(split + 1).split(",")) actions.add(action);
    actionsByResource.set(resource, actions);
  }
  return [...actionsByResource].map(([resource, actions]) => `${resource}:${[...actions].join(",")}`);
}
