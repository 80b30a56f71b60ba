/** The page of error codes. */
import { catalogue, type ErrorDefinition } from "#ship/kit";

/** Writes the whole page from the kit's catalogue, codes in alphabetical order. */
export function errorPage(): string {
  const codes = Object.entries<ErrorDefinition>(catalogue).sort(([a], [b]) => (a < b ? -1 : 1));
  const sections = codes.map(([code, { kind, title, explanation, remedy }]) =>
    [`## ${code}`, `**${title}** (${kind})`, explanation, `What to do: ${remedy}`].join("\n\n"),
  );
  const introduction = [
    "<!-- Generated from packages/kit/src/catalogue by `npm run docs`. -->",
    "# Error codes",
    "Every failure of an action is one annotation, `CODE: message — hint`. The code says which of the situations below it is; the word in brackets is its kind.",
  ];
  return `${[...introduction, ...sections].join("\n\n")}\n`;
}
