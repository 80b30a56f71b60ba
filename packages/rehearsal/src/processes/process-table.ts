import { readdirSync, readFileSync } from "node:fs";

/** One line of Linux's process table. */
export interface ProcessEntry {
  readonly name: string;
  /** One letter; `Z` is a process that ended and was not yet reaped. */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
}

/** Reads /proc/PID/stat; undefined when there is no such process, and where there is no /proc. */
export function processEntry(pid: number): ProcessEntry | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, "utf8");
    // `pid (name) state ppid pgrp …`, where the name may itself hold blanks and parentheses.
    const end = line.lastIndexOf(")");
    const [state = "", parent, group] = line.slice(end + 2).split(" ");
    return {
      name: line.slice(line.indexOf("(") + 1, end),
      state,
      parent: Number(parent),
      group: Number(group),
    };
  } catch {
    return undefined;
  }
}

/** Every process of this machine. Linux only: throws where there is no /proc. */
export function* allProcesses(): Generator<ProcessEntry> {
  for (const name of readdirSync("/proc")) {
    const entry = /^\d+$/.test(name) ? processEntry(Number(name)) : undefined;
    if (entry !== undefined) yield entry;
  }
}
