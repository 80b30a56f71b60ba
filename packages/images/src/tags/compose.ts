import { createHash } from "node:crypto";
import { parseTag } from "../reference.ts";
import { LineProblem, onLine } from "./lines.ts";

/** A part of a tag: written by the user, or derived from the run, where any character may stand. */
export interface Piece {
  readonly text: string;
  readonly origin: "written" | "derived";
}

const longestTag = 128;
const hashLength = 8;
const invalid = /[^A-Za-z0-9._-]+/g;

/**
 * Makes a tag of its pieces. What the run gives is made to fit, as metadata-action does: each run of characters that a
 * tag cannot hold becomes one `-`. Where that loses what makes the ref itself (other than ASCII, nothing left, more than
 * 128 characters) a short hash of the ref keeps the tags of different refs apart.
 *
 * @param ref full ref that the hash is taken of
 * @throws LineProblem when what the user wrote cannot stand in a tag: that is never changed or cut
 */
export function composeTag(pieces: readonly Piece[], ref: string): string {
  const given = pieces.filter(({ text }) => text !== "");
  const stranger = given.find(({ text, origin }) => origin === "written" && text.search(invalid) >= 0);
  if (stranger) parseWritten(given.map(({ text }) => text).join(""));
  const fitted = given.map((piece) => (piece.origin === "written" ? piece : makeFit(piece.text, ref)));
  return parseWritten(shorten(withoutLeading(fitted), ref).join(""));
}

function parseWritten(tag: string): string {
  return onLine(() => parseTag(tag));
}

function makeFit(text: string, ref: string): Piece {
  const readable = text.replace(invalid, "-");
  const isLost = /[^ -~]/.test(text) || /^[.-]*$/.test(readable);
  return { text: isLost ? withHash(readable, ref) : readable, origin: "derived" };
}

function withHash(readable: string, ref: string): string {
  const hash = createHash("sha256").update(ref).digest("hex").slice(0, hashLength);
  const kept = readable.replace(/^[.-]+|[.-]+$/g, "");
  return kept === "" ? hash : `${kept}-${hash}`;
}

/** A tag cannot begin with `.` or `-`; what the user wrote there is a mistake, what the run gave is left out. */
function withoutLeading(pieces: readonly Piece[]): readonly Piece[] {
  const [first, ...rest] = pieces;
  if (first?.origin !== "derived") return pieces;
  return [{ ...first, text: first.text.replace(/^[.-]+/, "") }, ...rest];
}

/** Cuts the longest derived piece where the tag would be too long. */
function shorten(pieces: readonly Piece[], ref: string): readonly string[] {
  const excess = pieces.reduce((length, { text }) => length + text.length, 0) - longestTag;
  const derived = pieces.filter(({ origin }) => origin === "derived");
  const longest = derived.sort((one, other) => other.text.length - one.text.length)[0];
  if (excess <= 0 || longest === undefined) return pieces.map(({ text }) => text);
  const kept = longest.text.length - excess - hashLength - 1;
  if (kept < 0)
    throw new LineProblem(
      `what is written around the ref leaves no room in a tag of ${longestTag} characters`,
    );
  return pieces.map((piece) => (piece === longest ? withHash(piece.text.slice(0, kept), ref) : piece.text));
}
