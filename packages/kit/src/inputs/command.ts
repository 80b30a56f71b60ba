import { messageOf } from "../errors.ts";
import { InputProblem, type Reader } from "./reader.ts";

/** What would need a shell; quoted, each is an ordinary character. */
const shellOnly = /[|&;<>()$`*?#~]/;

/**
 * A program and its arguments on one line, divided at blanks by the shell's quoting rules: 'single quotes' keep all,
 * "double quotes" and \ keep one. There is no shell: what only one could do (pipes, variables, globs) is refused unless quoted.
 */
export function command(): Reader<readonly [program: string, ...rest: string[]]> {
  return {
    accepts: "a program with its arguments, quoted as in a shell",
    read(raw) {
      const [program, ...rest] = words(raw, asProgram);
      if (program === undefined || program === "") throw new InputProblem("it names no program");
      return [program, ...rest];
    },
  };
}

/**
 * The command of a container: a JSON array of texts, or words divided at blanks by the shell's quoting rules. No shell
 * sees them, so unquoted characters such as `$` and `*` are themselves. An empty array is no command.
 */
export function containerCommand(): Reader<readonly string[]> {
  return {
    accepts: 'words quoted as in a shell, or a JSON array of texts such as ["npm", "start"]',
    read: (raw) => (raw.trimStart().startsWith("[") ? textsOf(raw) : words(raw, literally)),
  };
}

function textsOf(raw: string): readonly string[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(raw);
  } catch (error) {
    throw new InputProblem(`it begins as a JSON array but is none: ${messageOf(error)}`);
  }
  if (!Array.isArray(parsed)) throw new InputProblem("it is no array");
  const stranger = parsed.findIndex((item) => typeof item !== "string");
  if (stranger >= 0)
    throw new InputProblem(`its item ${stranger} is ${JSON.stringify(parsed[stranger])}, which is no text`);
  return parsed;
}

/** A \ at the end of a line, which takes the next line into this one (POSIX shell, Escape Character). */
const continued = /\\\r?\n/g;
/** A quoted part, an escaped character, blanks, or one plain character. */
const token = /\\\r?\n|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|(\s+)|([\s\S])/g;

/** @param plain told of every character that stands outside quotes; throws for one that may not */
function words(line: string, plain: (character: string) => void): string[] {
  const found: string[] = [];
  let word: string | undefined;
  for (const [whole, single, double, escaped, blank, character] of line.trim().matchAll(token)) {
    if (whole.startsWith("\\") && whole.endsWith("\n")) continue;
    if (blank !== undefined) {
      if (word !== undefined) found.push(word);
      word = undefined;
      continue;
    }
    if (character !== undefined) plain(character);
    word =
      (word ?? "") +
      (single ??
        double?.replaceAll(continued, "").replaceAll(/\\(["\\$`])/g, "$1") ??
        escaped ??
        character ??
        "");
  }
  return word === undefined ? found : [...found, word];
}

function literally(character: string): void {
  if (character === "'" || character === '"') throw new InputProblem(`a ${character} is not closed`);
  if (character === "\\") throw new InputProblem("it ends with a \\");
}

function asProgram(character: string): void {
  literally(character);
  if (shellOnly.test(character))
    throw new InputProblem(
      `there is no shell, so ${character} has no meaning: quote it, or put the command into a script`,
    );
}
