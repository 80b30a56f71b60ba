import { allProcesses } from "./process-table.ts";

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
  if (process.platform !== "linux") return true;
  for (const member of allProcesses()) if (member.group === group && member.state !== "Z") return true;
  return false;
}
