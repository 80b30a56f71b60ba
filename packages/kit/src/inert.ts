const zeroWidthSpace = "\u200b";

/**
 * Makes text harmless to the runner, which reads workflow commands from a step's output: `::command::` at the start
 * of a line (leading blanks ignored) and the older `##[command]` anywhere in one. A lone carriage return counts as a line
 * end there (actions/runner: ActionCommand.TryParseV2 and TryParse, and .NET's ReadLine).
 */
export function inert(text: string): string {
  return text
    .replaceAll(/\r\n?/g, "\n")
    .replaceAll(/^(\s*)::/gm, `$1${zeroWidthSpace}::`)
    .replaceAll("##[", `##${zeroWidthSpace}[`);
}
