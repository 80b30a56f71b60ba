import { messageOf } from "#ship/kit";
import { LineProblem } from "./lines.ts";

/**
 * Reads a regular expression, `v(.*)` or `/v(.*)/i`.
 * @param group the group that will be asked for
 * @throws LineProblem when it is no regular expression or has no such group
 */
export function readPattern(text: string, group: number): RegExp {
  const [, source = text, flags = ""] = /^\/(.+)\/([a-z]*)$/s.exec(text) ?? [];
  const pattern = compile(source, flags);
  // An alternative that always matches shows how many groups there are.
  const groups = (compile(`${source}|`, flags).exec("")?.length ?? 1) - 1;
  if (group <= groups) return pattern;
  const has = groups === 0 ? "no group" : `only ${groups} ${groups === 1 ? "group" : "groups"}`;
  throw new LineProblem(
    `the pattern ${text} has ${has}, but group ${group} is asked for; write it in brackets, as in v(.*)`,
  );
}

/** Indices tell where a group stands; "global" and "sticky" would make one match depend on the one before. */
function compile(source: string, flags: string): RegExp {
  const kept = [...new Set(`${flags}d`)].filter((flag) => flag !== "g" && flag !== "y").join("");
  try {
    return new RegExp(source, kept);
  } catch (error) {
    throw new LineProblem(messageOf(error));
  }
}
