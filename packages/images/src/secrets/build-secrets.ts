import { readFileSync, statSync } from "node:fs";
import { InputProblem, messageOf, type Reader } from "#ship/kit";
import type { BuildSecret } from "../engine/build-plan.ts";
import { type NamedRecord, readRecords } from "./records.ts";

/** A secret as an input gave it, with the value that must be masked. */
export interface GivenSecret {
  readonly secret: BuildSecret;
  /** To be added to the redaction before anything else happens. */
  readonly value: string;
}

/** BuildKit refuses larger ones (moby/buildkit: session/secrets, MaxSecretSize). */
const largestBytes = 500 * 1024;
/** It becomes a file name below /run/secrets, and stands in a comma-separated flag. */
const identifier = /^\w[\w.-]*$/;

/**
 * The input `secrets`: `id=value`, as build-push-action takes it. The values are secrets: declare the input as one.
 * Problems name the line or the id, never a value.
 */
export function secretValues(): Reader<readonly GivenSecret[]> {
  return {
    accepts: 'lines of id=value; a value of several lines as "id=value" in double quotes',
    read: (raw) =>
      read(raw, ({ name, value }) => {
        checkWhole(name, value);
        return { secret: { id: name, source: { kind: "value", value } }, value };
      }),
  };
}

/**
 * The input `secret-envs`: `id=VARIABLE`.
 * @param variable looks up a variable of the job; an empty one counts as absent
 */
export function secretEnvironments(
  variable: (name: string) => string | undefined,
): Reader<readonly GivenSecret[]> {
  return {
    accepts: "lines of id=VARIABLE",
    read: (raw) =>
      read(raw, ({ name, value: written }) => {
        const from = written.trim();
        const value = variable(from);
        if (value === undefined)
          throw new InputProblem(`the variable ${from} of secret ${name} is not set or empty`);
        return { secret: { id: name, source: { kind: "environment", variable: from } }, value };
      }),
  };
}

/**
 * The input `secret-files`: `id=path`.
 * @param resolve makes a path absolute, from the workspace on
 */
export function secretFiles(resolve: (path: string) => string): Reader<readonly GivenSecret[]> {
  return {
    accepts: "lines of id=path",
    read: (raw) =>
      read(raw, ({ name, value: written }) => {
        const path = resolve(written.trim());
        return { secret: { id: name, source: { kind: "file", path } }, value: readSecretFile(name, path) };
      }),
  };
}

/** Ids that stand in more than one of several inputs, each once. */
export function repeatedSecrets(...inputs: readonly (readonly GivenSecret[])[]): readonly string[] {
  const ids = inputs.flat().map(({ secret }) => secret.id);
  return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))];
}

function read(raw: string, make: (record: NamedRecord) => GivenSecret): readonly GivenSecret[] {
  const found = new Map<string, GivenSecret>();
  for (const record of readRecords(raw)) {
    const { name, value, form, line } = record;
    // What stands on such a line may be a piece of a secret: it is not repeated.
    if (form === "bare" || !identifier.test(name))
      throw new InputProblem(
        `line ${line} does not begin with an id (letters, digits, _ . -) and =; a value of several lines needs double quotes around the whole "id=value"`,
      );
    if (found.has(name)) throw new InputProblem(`the secret ${name} stands twice`);
    if (value.trim() === "") throw new InputProblem(`the secret ${name} is empty`);
    const given = make(record);
    const bytes = Buffer.byteLength(given.value);
    if (bytes > largestBytes)
      throw new InputProblem(
        `the secret ${name} has ${bytes} bytes; the limit of BuildKit is ${largestBytes}`,
      );
    found.set(name, given);
  }
  return [...found.values()];
}

/** The first line of a key whose other lines became lines of the input: its end is missing. */
function checkWhole(id: string, value: string): void {
  if (/-----BEGIN [^-]+-----/.test(value) && !/-----END [^-]+-----/.test(value))
    throw new InputProblem(
      `the secret ${id} begins like a key but does not end like one; a value of several lines needs double quotes around the whole "${id}=value"`,
    );
}

function readSecretFile(id: string, path: string): string {
  let value: string;
  try {
    if (statSync(path).size > largestBytes)
      throw new InputProblem(
        `the file of secret ${id} has ${statSync(path).size} bytes; the limit of BuildKit is ${largestBytes}`,
      );
    value = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof InputProblem) throw error;
    throw new InputProblem(`the file of secret ${id} cannot be read: ${messageOf(error)}`);
  }
  if (value.trim() === "") throw new InputProblem(`the file of secret ${id} is empty: ${path}`);
  return value;
}
