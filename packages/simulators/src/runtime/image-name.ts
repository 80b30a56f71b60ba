/** The parts of an image name: `registry/repository:tag@digest`, of which only the repository is always there. */
interface ImageName {
  readonly registry?: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** What stands before the first slash is a registry when it looks like a host (distribution reference grammar). */
function readImageName(image: string): ImageName {
  const [named = "", digest] = image.split("@", 2);
  const slash = named.indexOf("/");
  const first = slash === -1 ? "" : named.slice(0, slash);
  const hasRegistry = first.includes(".") || first.includes(":") || first === "localhost";
  const path = hasRegistry ? named.slice(slash + 1) : named;
  const colon = path.lastIndexOf(":");
  const hasTag = colon > path.lastIndexOf("/");
  return {
    repository: hasTag ? path.slice(0, colon) : path,
    ...(hasRegistry ? { registry: first } : {}),
    ...(hasTag ? { tag: path.slice(colon + 1) } : {}),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** How closely `pattern` names `image`: the more parts it gives, the closer; undefined when a part it gives differs. */
function closeness(pattern: ImageName, image: ImageName): number | undefined {
  if (pattern.repository !== image.repository) return undefined;
  let close = 0;
  for (const [part, worth] of [
    ["registry", 1],
    ["tag", 2],
    ["digest", 4],
  ] as const) {
    if (pattern[part] === undefined) continue;
    if (pattern[part] !== image[part]) return undefined;
    close += worth;
  }
  return close;
}

/**
 * The pattern that names `image` most closely; undefined when none does. Registry, tag and digest may be left out of a
 * pattern and then stand for any: `shop-api` is every image of that repository, `shop-api:1.1.0` that tag in any registry.
 */
export function closestImage(patterns: Iterable<string>, image: string): string | undefined {
  const name = readImageName(image);
  let best: { readonly pattern: string; readonly close: number } | undefined;
  for (const pattern of patterns) {
    if (pattern === image) return pattern;
    const close = closeness(readImageName(pattern), name);
    if (close !== undefined && (best === undefined || close > best.close)) best = { pattern, close };
  }
  return best?.pattern;
}
