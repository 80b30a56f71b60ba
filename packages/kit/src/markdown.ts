/** The job summary takes at most 1 MiB a step (GitHub Docs, workflow commands). */
export const summaryLimitBytes = 1_048_576;

/** Text that shows as it is inside a table cell or paragraph, whatever it contains. */
export function escapeMarkdown(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(/[\\`*_[\]|]/g, "\\$&")
    .replaceAll(/\s*\n\s*/g, " ");
}

/** Text in a fixed-width font. */
export function code(text: string): string {
  const fence = "`".repeat(longestRun(text) + 1);
  const pad = text.startsWith("`") || text.endsWith("`") ? " " : "";
  return `${fence}${pad}${text.replaceAll(/\s*\n\s*/g, " ").replaceAll("|", "\\|")}${pad}${fence}`;
}

/** A heading; level 1 is the largest. */
export function heading(level: 1 | 2 | 3 | 4, text: string): string {
  return `${"#".repeat(level)} ${escapeMarkdown(text)}`;
}

/** A table whose cells are markdown already; line ends in cells become blanks. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("\n", " ")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A folded part. GitHub reads its title as HTML, where Markdown's backslashes would show. */
export function details(title: string, body: string): string {
  const html = title.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(/\s+/g, " ");
  return `<details><summary>${html}</summary>\n\n${body}\n\n</details>`;
}

/** A fenced block that no content can break out of. */
export function block(language: string, body: string): string {
  const fence = "`".repeat(Math.max(3, longestRun(body) + 1));
  return `${fence}${language}\n${body}\n${fence}`;
}

/** Joins parts with blank lines, leaving out empty ones. */
export function page(...parts: readonly (string | undefined)[]): string {
  return `${parts.filter(Boolean).join("\n\n")}\n`;
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
