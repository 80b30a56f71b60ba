import { parse } from "csv-parse/sync";
import { type ErrorCode, isShipError, messageOf, ShipError } from "#ship/kit";

/** A line of an input that says something. */
export interface Line {
  readonly input: string;
  /** Counted from one, comments and blank lines included. */
  readonly number: number;
  /** Trimmed and without its comment. */
  readonly text: string;
}

/** What is wrong with a line; the reader of the input adds which one. */
export class LineProblem extends Error {}

/** Names a line in a message. */
export function describeLine({ input, number, text }: Line): string {
  return `${input}, line ${number} (${text})`;
}

/** The lines of an input; `#` begins a comment at the line's start or after white space, outside of double quotes. */
export function readLines(input: string, text: string): readonly Line[] {
  return text
    .split(/\r?\n/)
    .map((line, index) => ({ input, number: index + 1, text: withoutComment(line).trim() }))
    .filter((line) => line.text !== "");
}

function withoutComment(line: string): string {
  let quoted = false;
  for (let at = 0; at < line.length; at += 1) {
    if (line[at] === '"') quoted = !quoted;
    if (line[at] === "#" && !quoted && (at === 0 || /\s/.test(line[at - 1] ?? ""))) return line.slice(0, at);
  }
  return line;
}

/**
 * Reads every line, and reports all that are wrong at once.
 * @throws ShipError with the given code, naming each line
 */
export function readEach<T>(lines: readonly Line[], code: ErrorCode, read: (line: Line) => T): T[] {
  const problems: string[] = [];
  const values = lines.flatMap((line) => {
    try {
      return [read(line)];
    } catch (error) {
      if (!(error instanceof LineProblem)) throw error;
      problems.push(`${describeLine(line)}: ${error.message}`);
      return [];
    }
  });
  if (problems.length > 0) throw problemsWith(code, problems);
  return values;
}

/**
 * Works through what was read out of lines, in order, and reports every problem at once.
 * @throws ShipError `TAG_RULE_INVALID` naming each line
 */
export async function eachLine<T extends { readonly line: Line }, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const problems: string[] = [];
  const results: R[] = [];
  for (const item of items) {
    try {
      results.push(await work(item));
    } catch (error) {
      if (!(error instanceof LineProblem)) throw error;
      problems.push(`${describeLine(item.line)}: ${error.message}`);
    }
  }
  if (problems.length > 0) throw problemsWith("TAG_RULE_INVALID", problems);
  return results;
}

/** Runs a check that knows nothing of lines; what it finds becomes a problem of this one. */
export function onLine<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!isShipError(error)) throw error;
    throw new LineProblem(error.message.replace(/\.$/, ""));
  }
}

/** One error for all problems. */
export function problemsWith(code: ErrorCode, problems: readonly string[]): ShipError {
  return new ShipError(code, `${problems.join("; ")}.`, { details: problems });
}

/** A comma-separated field of a line: an attribute, or a value that stands alone. */
export interface Field {
  /** Lower-case; `undefined` where the value stands alone. */
  readonly key: string | undefined;
  readonly value: string;
}

/**
 * The fields of a line of comma-separated values. Double quotes protect commas, around the field as CSV has it
 * (`"pattern=v(\d{1,2})"`) or around the value (`pattern="v(\d{1,2})"`).
 * @throws LineProblem
 */
export function readFields(text: string): readonly Field[] {
  const fields = split(text.replace(/(^|,)\s*([A-Za-z][\w-]*)="((?:[^"]|"")*)"\s*(?=,|$)/g, '$1"$2=$3"'));
  // metadata-action reads a line that is quoted as a whole like the same line without quotes.
  const [only] = fields;
  const whole = fields.length === 1 && only !== undefined && text.startsWith('"') ? split(only) : fields;
  return whole.map((field) => {
    const attribute = /^([A-Za-z][\w-]*)\s*=(.*)$/s.exec(field);
    if (!attribute) return { key: undefined, value: field };
    return { key: attribute[1]?.toLowerCase(), value: attribute[2]?.trim() ?? "" };
  });
}

function split(text: string): readonly string[] {
  try {
    const records: unknown = parse(text, { relax_quotes: true, trim: true });
    const first: unknown = Array.isArray(records) ? records[0] : undefined;
    return Array.isArray(first) ? first.map(String) : [];
  } catch (error) {
    throw new LineProblem(`it is no list of comma-separated values (${messageOf(error)})`);
  }
}

/** The attributes of a line by key. @throws LineProblem for an unknown key or one that stands twice */
export function readAttributes(
  fields: readonly Field[],
  known: readonly string[],
  bare: string,
): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  for (const { key = bare, value } of fields) {
    if (!known.includes(key))
      throw new LineProblem(`the attribute "${key}" is not known here; known are ${known.join(", ")}`);
    if (attributes.has(key)) throw new LineProblem(`"${key}" is given twice`);
    attributes.set(key, value);
  }
  return attributes;
}

/** Reads `true` or `false` in any case. @throws LineProblem */
export function readSwitch(key: string, value: string): boolean {
  const lower = value.trim().toLowerCase();
  if (lower === "true" || lower === "false") return lower === "true";
  throw new LineProblem(`${key} is "${value}"; accepted: true or false`);
}
