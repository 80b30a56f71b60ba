import { readFile } from "node:fs/promises";
import { InputProblem, messageOf, type Reader, ShipError } from "#ship/kit";
import type { Finding } from "./finding.ts";

/** A vulnerability that may be in the image until a day. */
export interface AllowEntry {
  readonly id: string;
  /** The only package it is allowed in; `undefined` for any. */
  readonly package: string | undefined;
  /** Last day it is allowed, `YYYY-MM-DD`, in UTC. */
  readonly until: string;
  readonly reason: string;
  /** Where it is written: `line 3`, or `allow.txt line 3`. */
  readonly place: string;
}

const accepted = "CVE-2026-1234 [in package] until 2026-12-31 [reason]";
const grammar = /^(?<id>\S+)(?:\s+in\s+(?<package>\S+))?(?:\s+until\s+(?<until>\S+))?(?:\s+(?<reason>.*))?$/i;
/** Identifiers of all databases have letters, a dash, and more: CVE, GHSA, DSA, ALAS, RUSTSEC, GO, TEMP. */
const identifier = /^[A-Za-z][A-Za-z0-9]*-[\w:.-]+$/;

/**
 * Reads entries `<id> [in <package>] until <YYYY-MM-DD> [reason]`, one a line; empty lines and `#` comments are dropped.
 * @param file named in each place, when the text is a file's
 * @throws InputProblem naming each line that is none, has no date, or stands twice
 */
export function parseAllowList(text: string, file?: string): readonly AllowEntry[] {
  const problems: string[] = [];
  const entries: AllowEntry[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const place = file === undefined ? `line ${index + 1}` : `${file} line ${index + 1}`;
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const entry = parseEntry(line, place);
    if (typeof entry === "string") problems.push(`${place}: ${entry}`);
    else {
      const twin = entries.find((other) => sameEntry(other, entry));
      if (twin) problems.push(`${place}: ${entry.id} stands at ${twin.place} already`);
      entries.push(entry);
    }
  }
  if (problems.length > 0) throw new InputProblem(problems.join("; "));
  return entries;
}

/** The input `scan-allow`. */
export function allowList(): Reader<readonly AllowEntry[]> {
  return { accepts: `lines of ${accepted}`, read: (raw) => parseAllowList(raw) };
}

/**
 * Reads the file of `scan-allow-file`.
 * @param name the path as the user wrote it
 * @throws ShipError `FILE_UNREADABLE`; `DOCUMENT_INVALID` naming each wrong line
 */
export async function readAllowFile(path: string, name: string): Promise<readonly AllowEntry[]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new ShipError("FILE_UNREADABLE", `scan-allow-file: ${name} cannot be read: ${messageOf(error)}.`, {
      cause: error,
    });
  }
  try {
    return parseAllowList(text, name);
  } catch (error) {
    if (!(error instanceof InputProblem)) throw error;
    throw new ShipError("DOCUMENT_INVALID", `scan-allow-file: ${error.message}.`, {
      hint: `Each line is ${accepted}.`,
    });
  }
}

/** Whether an entry names this finding, by its identifier or another of the same vulnerability. */
export function matches(entry: AllowEntry, finding: Finding): boolean {
  const wanted = entry.id.toLowerCase();
  const named = [finding.id, ...finding.aliases].some((id) => id.toLowerCase() === wanted);
  return named && (entry.package === undefined || entry.package === finding.package);
}

function parseEntry(line: string, place: string): AllowEntry | string {
  const { id = "", package: name, until, reason = "" } = grammar.exec(line)?.groups ?? {};
  if (!identifier.test(id)) return `"${id}" is no identifier of a vulnerability; write ${accepted}`;
  if (until === undefined)
    return `${id} has no date: nothing is allowed for ever, write ${id} until YYYY-MM-DD`;
  if (!isDay(until)) return `"${until}" is no day; write YYYY-MM-DD`;
  return { id, package: name, until, reason: reason.trim(), place };
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

function sameEntry(one: AllowEntry, other: AllowEntry): boolean {
  return one.id.toLowerCase() === other.id.toLowerCase() && one.package === other.package;
}
