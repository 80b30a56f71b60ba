import { closest, distance } from "fastest-levenshtein";
import type { Environment } from "../environment.ts";
import { ShipError } from "../errors.ts";
import type { Redaction } from "../redaction.ts";
import { type Input, InputProblem, LineProblems } from "./reader.ts";

/** The inputs of an action by name. */
export type InputDefinitions = Readonly<Record<string, Input<unknown>>>;

/** The values that {@link readInputs} makes of a definition. */
export type InputValues<D extends InputDefinitions> = {
  readonly [K in keyof D]: D[K] extends Input<infer T> ? T : never;
};

/** Adds a problem that only several inputs together show; `name` is the input to change. */
export type ReportProblem = (name: string, problem: string) => void;

const longestShownValue = 80;

/**
 * Reads all inputs of an action and reports every mistake at once.
 *
 * @param definitions each input with its reader; defaults stand in action.yml and arrive as values
 * @param check looks at the values together; called only when each known input is fine by itself
 * @throws ShipError `INPUT_INVALID` that lists each input's name, its value (never a secret's) and what is accepted
 */
export function readInputs<D extends InputDefinitions>(
  environment: Pick<Environment, "inputs">,
  redaction: Pick<Redaction, "add">,
  definitions: D,
  check: (values: InputValues<D>, problem: ReportProblem) => void = () => {},
): InputValues<D> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};

  for (const [name, input] of Object.entries(definitions)) {
    const texts = textsOf(environment.inputs, name, input);
    const [text] = texts;
    if (input.secret) for (const secret of texts) redaction.add(secret);
    if (texts.length > 1) problems.push(contradiction(name, texts, input));
    try {
      values[name] = input.value(text);
    } catch (error) {
      if (!(error instanceof InputProblem)) throw error;
      if (error instanceof LineProblems) problems.push(...error.lines);
      else problems.push(describe(name, text, input, error.message));
    }
  }

  if (problems.length === 0) {
    check(values as InputValues<D>, (name, problem) => problems.push(`${name}: ${problem}`));
  }
  problems.unshift(...unknownInputs(environment.inputs, definitions));
  if (problems.length > 0) throw invalidInputs(problems);
  return values as InputValues<D>;
}

function invalidInputs(problems: readonly string[]): ShipError {
  const count = problems.length === 1 ? "An input needs" : `${problems.length} inputs need`;
  return new ShipError("INPUT_INVALID", `${count} a change: ${problems.join("; ")}`, { details: problems });
}

/** The different texts given for one input under all its spellings; more than one contradict each other. */
function textsOf(
  inputs: ReadonlyMap<string, string>,
  name: string,
  { aliases, whitespace }: Input<unknown>,
): readonly string[] {
  const given = [name, ...aliases].map((spelling) => inputs.get(environmentName(spelling)) ?? "");
  const texts = whitespace === "kept" ? given : given.map((text) => text.trim());
  return [...new Set(texts.filter((text) => text !== ""))];
}

function contradiction(name: string, texts: readonly string[], input: Input<unknown>): string {
  const shown = input.secret
    ? "values"
    : `values: ${texts.map((text) => `"${shorten(text)}"`).join(" and ")}`;
  return `${[name, ...input.aliases].join(" and ")} mean the same, but have different ${shown}; give one of them`;
}

function describe(name: string, text: string | undefined, input: Input<unknown>, problem: string): string {
  const accepted = `accepted: ${input.accepts}`;
  const reason = problem === "" ? "" : ` (${problem})`;
  if (text === undefined) return `${name} is empty${reason}; ${accepted}`;
  const shown = input.secret ? "***" : shorten(text);
  return `${name} is "${shown}"${reason}; ${accepted}`;
}

function shorten(text: string): string {
  return text.length > longestShownValue ? `${text.slice(0, longestShownValue)}…` : text;
}

function unknownInputs(inputs: ReadonlyMap<string, string>, definitions: InputDefinitions): string[] {
  const spellings = Object.entries(definitions).flatMap(([name, input]) => [name, ...input.aliases]);
  const known = new Set(spellings.map(environmentName));
  return [...inputs.keys()]
    .filter((name) => !known.has(name))
    .map((name) => {
      const written = name.toLowerCase();
      return `${written} is not an input of this action; ${nearest(written, spellings)}`;
    });
}

/** Names that a person reads rather than the page of the action. */
const fewNames = 20;

/** A name of which more than half would have to change helps nobody: then all are named, where they are few. */
function nearest(written: string, spellings: readonly string[]): string {
  if (spellings.length === 0) return "it takes none";
  const name = closest(written, spellings);
  return spellings.length > fewNames || distance(written, name) <= Math.max(written.length, name.length) / 2
    ? `the nearest is ${name}`
    : `the inputs are ${spellings.join(", ")}`;
}

/** The runner upper-cases a name and replaces blanks by underscores (actions/toolkit: core.getInput). */
function environmentName(name: string): string {
  return name.replaceAll(" ", "_").toUpperCase();
}
