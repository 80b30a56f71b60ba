import { ShipError } from "#ship/kit";
import { LineProblem, readEach } from "./tags/lines.ts";

/** Where an annotation can stand (docs.docker.com/build/metadata/annotations, "Specify annotation level"). */
const levels = ["manifest", "index", "manifest-descriptor", "index-descriptor"];
/** Platforms are named for what there is one of per platform. */
const platformLevels = ["manifest", "manifest-descriptor"];

const level = /^([a-z-]+)(?:\[([\w./-]+)\])?$/;
const levelled = /^((?:[a-z-]+(?:\[[\w./-]+\])?)(?:,[a-z-]+(?:\[[\w./-]+\])?)*):([^=]*)$/;

/**
 * Reads annotations as buildx takes them, `key=value` or `index,manifest[linux/amd64]:key=value`, one a line. Values are
 * kept byte for byte. Blank lines and lines that begin with `#` are left out.
 *
 * @param standing levels for annotations that name none, separated by commas; buildx means `manifest`
 * @returns the lines as `--annotation` takes them
 * @throws ShipError `INPUT_INVALID` naming each line that is wrong
 */
export function readAnnotations(text: string, standing: string | undefined): readonly string[] {
  const prefix = standing === undefined ? "" : `${checkStanding(standing)}:`;
  const lines = text
    .split(/\r?\n/)
    .map((line, index) => ({ input: "annotations", number: index + 1, text: line.trimStart() }))
    .filter((line) => line.text.trim() !== "" && !line.text.startsWith("#"));
  return readEach(lines, "INPUT_INVALID", ({ text: line }) => readAnnotation(line, prefix));
}

function readAnnotation(line: string, prefix: string): string {
  const split = line.indexOf("=");
  const name = line.slice(0, Math.max(0, split)).trim();
  const [, given, key = name] = levelled.exec(name) ?? [];
  if (key.trim() === "" || /\s/.test(key))
    throw new LineProblem("an annotation is written key=value or level:key=value, with a key without blanks");
  if (given !== undefined) for (const one of given.split(",")) checkLevel(one);
  return `${given === undefined ? prefix : ""}${name}${line.slice(split)}`;
}

function checkLevel(text: string): void {
  const [, name = "", platform] = level.exec(text) ?? [];
  if (!levels.includes(name))
    throw new LineProblem(`"${text}" is no level of annotations; known are ${levels.join(", ")}`);
  if (platform !== undefined && !platformLevels.includes(name))
    throw new LineProblem(`"${text}" names a platform; only ${platformLevels.join(" and ")} take one`);
}

function checkStanding(standing: string): string {
  const names = standing.split(",").map((name) => name.trim());
  const stranger = names.find((name) => !levels.includes(name));
  if (stranger === undefined) return names.join(",");
  throw new ShipError(
    "INPUT_INVALID",
    `DOCKER_METADATA_ANNOTATIONS_LEVELS is "${standing}"; accepted: ${levels.join(", ")}, separated by commas.`,
    { hint: "Correct the variable under `env:`, or leave it out." },
  );
}
