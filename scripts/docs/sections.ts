/** Generated parts of hand-written pages, between `<!-- name -->` and `<!-- /name -->`. */

/**
 * Puts `content` between the markers `name` of `page`. Fails, naming `file`, when the markers are not there exactly once:
 * generated text that has no place would silently be missing.
 */
export function fillSection(page: string, name: string, content: string, file: string): string {
  const open = `<!-- ${name} -->`;
  const close = `<!-- /${name} -->`;
  const start = page.indexOf(open);
  const end = page.indexOf(close);
  const repeated =
    page.indexOf(open, start + open.length) !== -1 || page.indexOf(close, end + close.length) !== -1;
  if (start === -1 || end < start || repeated) {
    throw new Error(
      `${file}: expected ${open} and, below it, ${close}, once each. Put them where the ${name} belong.`,
    );
  }
  return `${page.slice(0, start)}${open}\n${content.trim()}\n${page.slice(end)}`;
}

/** The text between the markers `name`, or the empty string when they are not there. */
export function readSection(page: string, name: string): string {
  return page.split(`<!-- ${name} -->`)[1]?.split(`<!-- /${name} -->`)[0] ?? "";
}

/** A Markdown table. Pipes in cells are escaped; line breaks become spaces. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replace(/\s*\n\s*/g, " ")).join(" | ")} |`;
  return [line(head), `|${head.map(() => " --- ").join("|")}|`, ...rows.map(line)].join("\n");
}
