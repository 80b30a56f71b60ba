import { parseRepository, type Repository } from "../reference.ts";
import {
  type Field,
  type Line,
  LineProblem,
  onLine,
  readAttributes,
  readEach,
  readFields,
  readLines,
  readSwitch,
} from "./lines.ts";
import { expressionsOf, literalOf, parseTemplate, type Template } from "./template.ts";

/** An image of the input `images`. */
export interface NamedImage {
  readonly line: Line;
  readonly repository: Repository;
  readonly enable: Template;
}

/**
 * Reads the input `images`: a name a line, several with commas between, or metadata-action's `name=…,enable=…`.
 * Names are made lower-case, as registries want them.
 * @throws ShipError `IMAGE_REFERENCE_INVALID` naming every line that is wrong
 */
export function readImages(input: string): readonly NamedImage[] {
  return readEach(readLines("images", input), "IMAGE_REFERENCE_INVALID", readLine).flat();
}

function readLine(line: Line): readonly NamedImage[] {
  const fields = readFields(line.text);
  if (fields.every(({ key }) => key === undefined)) {
    const names = fields.map(({ value }) => value).filter((name) => name !== "");
    if (names.length === 0) throw new LineProblem("it names no image");
    return names.map((name) => ({ line, repository: readRepository(name), enable: ["true"] }));
  }
  return [readAttributed(line, fields)];
}

function readAttributed(line: Line, fields: readonly Field[]): NamedImage {
  const attributes = readAttributes(fields, ["name", "enable"], "name");
  const name = attributes.get("name") ?? "";
  if (name === "") throw new LineProblem("it names no image");
  const enable = parseTemplate(attributes.get("enable") ?? "true", expressionsOf.anywhere);
  const literal = literalOf(enable);
  if (literal !== undefined) readSwitch("enable", literal);
  return { line, repository: readRepository(name), enable };
}

function readRepository(name: string): Repository {
  return onLine(() => parseRepository(name.toLowerCase()));
}
