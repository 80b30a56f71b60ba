import { ShipError } from "#ship/kit";

/** A repository of a registry. */
export interface Repository {
  /** As the user wrote it: `ghcr.io/octo/shop` or `octo/shop`. */
  readonly name: string;
  /** Host and port of the registry; `docker.io` where none is written. */
  readonly registry: string;
  /** Path within the registry; official images of Docker Hub live below `library/`. */
  readonly path: string;
}

/** Grammar of github.com/distribution/reference: path components, registry host, tag. */
const component = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const host =
  /^(?:localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|\[[0-9a-fA-F:]+\])(?::\d+)?$|^[A-Za-z0-9-]+:\d+$/;
const tagGrammar = /^\w[\w.-]{0,127}$/;
const longestName = 255;

/**
 * Reads a repository name without a tag.
 * @throws ShipError `IMAGE_REFERENCE_INVALID` naming the part that breaks the rules
 */
export function parseRepository(name: string): Repository {
  const [first = "", ...rest] = name.split("/");
  const hasHost = rest.length > 0 && host.test(first);
  const path = hasHost ? rest : [first, ...rest];
  const wrong = path.find((part) => !component.test(part));
  if (wrong !== undefined) {
    throw new ShipError("IMAGE_REFERENCE_INVALID", `"${name}" is no image name: ${reasonAgainst(wrong)}.`);
  }
  if (name.length > longestName) {
    throw new ShipError(
      "IMAGE_REFERENCE_INVALID",
      `"${name}" has ${name.length} characters; the limit is ${longestName}.`,
    );
  }
  if (hasHost && first !== "docker.io") return { name, registry: first, path: path.join("/") };
  return { name, registry: "docker.io", path: path.length === 1 ? `library/${path[0]}` : path.join("/") };
}

function reasonAgainst(part: string): string {
  if (part === "") return "a part between slashes is empty";
  if (/[:@]/.test(part)) return `"${part}" is not allowed in it; give tags in \`tags\`, not in the name`;
  if (part !== part.toLowerCase()) return `"${part}" is not allowed in it; names are lower-case`;
  return `"${part}" is not allowed in it`;
}

/** Checks a tag. @throws ShipError `IMAGE_REFERENCE_INVALID` with the value and the rule */
export function parseTag(tag: string): string {
  if (tagGrammar.test(tag)) return tag;
  throw new ShipError(
    "IMAGE_REFERENCE_INVALID",
    `"${tag}" is no valid tag: 1 to 128 characters of A-Z a-z 0-9 . _ - that do not begin with . or - (it has ${tag.length}).`,
  );
}

/** A repository and a tag of it. */
export interface TaggedImage {
  readonly repository: Repository;
  readonly tag: string;
}

/** Writes `name:tag`. */
export function referenceOf({ repository, tag }: TaggedImage): string {
  return `${repository.name}:${tag}`;
}

/**
 * Reads `name:tag` where the text is one, `undefined` where it has no tag: the last colon may belong to a port.
 * @throws ShipError `IMAGE_REFERENCE_INVALID` when the name or the tag breaks the rules
 */
export function parseReference(text: string): TaggedImage | undefined {
  const split = text.lastIndexOf(":");
  if (split < 0 || text.slice(split).includes("/")) return undefined;
  return { repository: parseRepository(text.slice(0, split)), tag: parseTag(text.slice(split + 1)) };
}
