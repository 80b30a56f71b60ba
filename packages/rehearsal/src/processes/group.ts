import { readdirSync, readFileSync } from "node:fs";

/** Sends `signal` to every member of a process group. False when the group has no member left. */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  // A group of 0 or 1 would address our own group or every process of the user.
  if (!Number.isSafeInteger(group) || group <= 1) {
    throw new Error(
      `Process group ${group} is not one that may be signalled: pass the pid of a detached child.`,
    );
  }
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    if (typeof error === "object" && error !== null && "code" in error && error.code === "ESRCH")
      return false;
    throw error;
  }
}

/**
 * Whether the group still has a member that runs. In a container whose first process adopts orphans without reaping
 * them, dead members stay as zombies, which a signal still reaches; on Linux they are told apart by /proc.
 */
export function groupLives(group: number): boolean {
  if (!signalGroup(group, 0)) return false;
  return process.platform !== "linux" || [...runningGroups()].includes(group);
}

/** The process groups of all processes of this machine that are not zombies. */
function* runningGroups(): Generator<number> {
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const status = statusOf(name);
    if (status !== undefined && status.state !== "Z") yield status.group;
  }
}

/** Reads /proc/PID/stat: `pid (name) state ppid pgrp …`, where the name may itself hold blanks and parentheses. */
function statusOf(pid: string): { readonly state: string; readonly group: number } | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, , group] = line.slice(line.lastIndexOf(")") + 2).split(" ");
    return state === undefined ? undefined : { state, group: Number(group) };
  } catch {
    // The process ended between listing and reading.
    return undefined;
  }
}
