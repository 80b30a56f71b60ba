import { ShipError } from "#ship/kit";
import { LineProblem } from "./lines.ts";
import type { TagRun } from "./run.ts";
import { expressionsOf, parseTemplate, type Template } from "./template.ts";

/**
 * Fills in the expressions that tags know, as metadata-action does in labels and annotations. All other text stays as it
 * is, byte for byte: double braces mean something to other programs too.
 * @throws ShipError `INPUT_INVALID` when an expression cannot be known
 */
export async function expandKnown(text: string, run: TagRun): Promise<string> {
  const parts = text.split(/(\{\{[^{}]*\}\})/);
  const expanded = parts.map(async (part, at) => {
    const template = at % 2 === 1 ? knownTemplate(part) : undefined;
    if (template === undefined) return part;
    return ((await run.render(template)) ?? []).map((piece) => piece.text).join("");
  });
  try {
    return (await Promise.all(expanded)).join("");
  } catch (error) {
    if (!(error instanceof LineProblem)) throw error;
    throw new ShipError(
      "INPUT_INVALID",
      `The label or annotation "${text}" cannot be filled in: ${error.message}.`,
    );
  }
}

function knownTemplate(text: string): Template | undefined {
  try {
    return parseTemplate(text, expressionsOf.anywhere);
  } catch (error) {
    if (error instanceof LineProblem) return undefined;
    throw error;
  }
}
