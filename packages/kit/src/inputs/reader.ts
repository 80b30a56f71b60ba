/** Turns the text of one input into a value. Throws {@link InputProblem} when the text is not acceptable. */
export interface Reader<T> {
  /** What is accepted, for the error message: `a duration such as 90s or 10m`. */
  readonly accepts: string;
  read(text: string): T;
}

/** Why a text was not accepted, when there is more to say than what is. */
export class InputProblem extends Error {}

/** Why lines of a text were not accepted: a sentence for each, which names the input and the line. */
export class LineProblems extends InputProblem {
  readonly lines: readonly string[];
  constructor(lines: readonly string[]) {
    super(lines.join("; "));
    this.lines = lines;
  }
}

/** One declared input: how its text becomes a value, and whether it must be there. */
export interface Input<T> {
  /** Names of other actions' inputs that mean the same, so that people can switch by changing `uses:`. */
  readonly aliases: readonly string[];
  readonly secret: boolean;
  /** Whether white space around the text is part of it. */
  readonly whitespace: "trimmed" | "kept";
  readonly accepts: string;
  /** Receives `undefined` when the input is empty. */
  value(text: string | undefined): T;
}

/** How an input may be declared besides its reader. */
export interface InputOptions {
  /** Other spellings. Such an input has no default: it could not be told from what somebody wrote. */
  readonly aliases?: readonly string[];
  /** Masks the value before anything else sees it. */
  readonly secret?: "secret";
  /** Takes the text as it is: where each byte, or the number of a line, counts. Only an empty text is empty then. */
  readonly whitespace?: "kept";
}

/** An input that must not be empty. Its default, if any, stands in action.yml. */
export function required<T>(reader: Reader<T>, options: InputOptions = {}): Input<T> {
  return declare(reader, options, () => {
    throw new InputProblem("it is required");
  });
}

/** An input that may be left empty: then its value is `undefined`. */
export function optional<T>(reader: Reader<T>, options: InputOptions = {}): Input<T | undefined> {
  return declare<T | undefined>(reader, options, () => undefined);
}

function declare<T>(reader: Reader<T>, options: InputOptions, whenEmpty: () => T): Input<T> {
  return {
    aliases: options.aliases ?? [],
    secret: options.secret === "secret",
    whitespace: options.whitespace ?? "trimmed",
    accepts: reader.accepts,
    value: (text) => (text === undefined ? whenEmpty() : reader.read(text)),
  };
}
