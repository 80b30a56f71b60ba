import { CsvError, parse } from "csv-parse/sync";
import { InputProblem } from "#ship/kit";

/** A `name=value` line of an input, with its first line's number from 1 on. */
export interface NamedRecord {
  readonly name: string;
  readonly value: string;
  /** `bare`: there was no `=`. */
  readonly form: "pair" | "bare";
  readonly line: number;
}

/**
 * Reads lines of `name=value` as build-push-action writes them: a line that begins with `"` goes on to the closing quote, over
 * line ends if need be, and `""` in it means one quote. Other lines are taken as they are, commas and quotes included. Empty
 * lines and `#` comments are dropped.
 * @throws InputProblem naming the line, never what stands in it
 */
export function readRecords(raw: string): readonly NamedRecord[] {
  return rows(raw).flatMap(({ text, line }): NamedRecord[] => {
    if (text.startsWith("#")) return [];
    const split = text.indexOf("=");
    if (split < 0) return [{ name: text.trim(), value: "", form: "bare", line }];
    const name = text.slice(0, split).trim();
    return [{ name, value: text.slice(split + 1), form: "pair", line }];
  });
}

function rows(raw: string): { text: string; line: number }[] {
  try {
    const read = parse(raw, {
      // One field a record: a comma has no meaning here.
      delimiter: "\0",
      record_delimiter: ["\r\n", "\n"],
      relax_quotes: true,
      relax_column_count: true,
      skip_empty_lines: true,
      ltrim: true,
      info: true,
    }) as unknown as { readonly record: readonly string[]; readonly info: { readonly lines: number } }[];
    return read
      .map(({ record, info }) => {
        const text = record.join("\0");
        // csv-parse counts the lines up to the record's end.
        return { text, line: info.lines - (text.match(/\n/g)?.length ?? 0) };
      })
      .filter(({ text }) => text.trim() !== "");
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new InputProblem('a line begins with a " that is never closed');
  }
}
