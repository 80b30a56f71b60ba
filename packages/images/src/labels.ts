import { LineProblem, readEach } from "./tags/lines.ts";
import type { RepositoryFacts, RunFacts } from "./tags/port.ts";

/** The commit that an image is built from (OCI image specification, annotations.md). */
export const revisionLabel = "org.opencontainers.image.revision";

/** Image labels by key. */
export type Labels = Readonly<Record<string, string>>;

/**
 * The labels of the OCI image specification (annotations.md) that a run knows; what is not known is left out, because an
 * empty licence would be a statement too.
 * @param created time of the build
 */
export function imageLabels(
  { repository, sha, serverUrl }: RunFacts,
  { description, license, page }: RepositoryFacts,
  version: string,
  created: Date,
): Labels {
  const address = page ?? (repository === "" ? undefined : `${serverUrl}/${repository}`);
  const known: Readonly<Record<string, string | undefined>> = {
    title: repository.split("/").at(-1),
    description,
    url: address,
    source: address,
    version,
    created: created.toISOString(),
    revision: sha,
    licenses: license,
  };
  return Object.fromEntries(
    Object.entries(known).flatMap(([key, value]) =>
      value ? [[`org.opencontainers.image.${key}`, value] as const] : [],
    ),
  );
}

/**
 * Reads labels, one `key=value` a line, split at the first `=`. A value is kept byte for byte; the last of several with
 * the same key counts. Blank lines and lines that begin with `#` are left out.
 * @throws ShipError `INPUT_INVALID` naming each line that is wrong
 */
export function readLabels(text: string): Labels {
  const lines = text
    .split(/\r?\n/)
    .map((line, index) => ({ input: "labels", number: index + 1, text: line }));
  const given = lines.filter(({ text: line }) => line.trim() !== "" && !line.trimStart().startsWith("#"));
  return Object.fromEntries(readEach(given, "INPUT_INVALID", ({ text: line }) => readLabel(line)));
}

function readLabel(line: string): readonly [string, string] {
  // A line that is quoted as a whole is one CSV field to metadata-action.
  const quoted = /^\s*"((?:[^"]|"")*)"\s*$/.exec(line)?.[1];
  const text = quoted === undefined ? line : quoted.replaceAll('""', '"');
  const split = text.indexOf("=");
  const key = text.slice(0, Math.max(0, split)).trim();
  if (key === "") throw new LineProblem("a label is written key=value; `key=` gives it an empty value");
  return [key, text.slice(split + 1)];
}
