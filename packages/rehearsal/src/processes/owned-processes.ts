import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Clock, systemClock } from "#ship/kit";
import { endGroups } from "./end-groups.ts";
import { groupLives } from "./group.ts";
import { formatChange, type WatchdogChange } from "./watchdog-change.ts";

const WATCHDOG = fileURLToPath(new URL("watchdog.ts", import.meta.url));

/** How to own processes. */
export interface OwnedProcessesOptions {
  /** Between SIGTERM and SIGKILL when the groups are ended, in milliseconds. */
  readonly graceMilliseconds?: number;
  readonly clock?: Clock;
}

/** Everything this process started and must not leave behind. */
export interface OwnedProcesses {
  /**
   * Owns the whole process group of a child spawned with `detached: true`; let go by itself when the group is empty.
   * Throws when the child was not started.
   */
  own(child: ChildProcess): void;
  /** Owns a folder: it is removed when everything ends. */
  ownFolder(path: string): void;
  /** Stops owning a folder, which then stays. */
  releaseFolder(path: string): void;
  /** Ends all groups (SIGTERM, then SIGKILL), removes all folders and ends the watchdog. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Starts owning. A detached watchdog process does what `close` does when this process ends in any other way, SIGKILL
 * included; it needs nothing of this process but that it dies.
 */
export function ownProcesses(options: OwnedProcessesOptions = {}): OwnedProcesses {
  const { graceMilliseconds = 3_000, clock = systemClock } = options;
  const groups = new Set<number>();
  const folders = new Set<string>();

  const watchdog = spawn(process.execPath, ["--no-warnings", WATCHDOG, String(graceMilliseconds)], {
    detached: true,
    stdio: ["pipe", "ignore", "inherit"],
  });
  const gone = new Promise<void>((resolve) => watchdog.once("close", () => resolve()));
  // Neither may keep this process alive: its end is what the watchdog waits for.
  watchdog.unref();
  if ("unref" in watchdog.stdin && typeof watchdog.stdin.unref === "function") watchdog.stdin.unref();
  const tell = (change: WatchdogChange) => {
    if (watchdog.stdin.writable) watchdog.stdin.write(formatChange(change));
  };

  const releaseEmptyGroup = (group: number) => {
    if (groupLives(group)) return;
    groups.delete(group);
    tell({ kind: "release-group", group });
  };
  const end = async () => {
    await endGroups({ groups, folders }, { graceMilliseconds, clock });
    groups.clear();
    folders.clear();
    watchdog.stdin.end();
    watchdog.ref();
    await gone;
  };
  let closing: Promise<void> | undefined;

  return {
    own(child) {
      const group = child.pid;
      if (group === undefined) {
        throw new Error(`The program ${child.spawnfile} did not start, so there is no process to own.`);
      }
      groups.add(group);
      tell({ kind: "own-group", group });
      child.once("exit", () => releaseEmptyGroup(group));
    },
    ownFolder(path) {
      folders.add(path);
      tell({ kind: "own-folder", folder: path });
    },
    releaseFolder(path) {
      folders.delete(path);
      tell({ kind: "release-folder", folder: path });
    },
    close() {
      closing ??= end();
      return closing;
    },
  };
}
