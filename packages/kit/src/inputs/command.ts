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
      const [program, ...rest] = words(raw);
      if (program === undefined || program === "") throw new InputProblem("it names no program");
      return [program, ...rest];
    },
  };
}

/** A quoted part, an escaped character, blanks, or one plain character. */
const token = /'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|(\s+)|([\s\S])/g;

function words(line: string): string[] {
  const found: string[] = [];
  let word: string | undefined;
  for (const [, single, double, escaped, blank, plain] of line.trim().matchAll(token)) {
    if (blank !== undefined) {
      if (word !== undefined) found.push(word);
      word = undefined;
      continue;
    }
    if (plain !== undefined) refuse(plain);
    word = (word ?? "") + (single ?? double?.replaceAll(/\\(["\\$`])/g, "$1") ?? escaped ?? plain ?? "");
  }
  return word === undefined ? found : [...found, word];
}

function refuse(character: string): void {
  if (character === "'" || character === '"') throw new InputProblem(`a ${character} is not closed`);
  if (character === "\\") throw new InputProblem("it ends with a \\");
  if (shellOnly.test(character))
    throw new InputProblem(
      `there is no shell, so ${character} has no meaning: quote it, or put the command into a script`,
    );
}
