import { readdirSync, readFileSync } from "node:fs";

/** Everything a job has started, so that nothing outlives it. */
export interface ProcessGroups {
  /** The value of RUNNER_TRACKING_ID, by which descendants are found that left their group. */
  readonly trackingId: string;
  add(leader: number): void;
  /** Kills every member of every group and every tracked descendant. */
  kill(): void;
}

const living = new Set<ProcessGroups>();
let guarded = false;

/** Creates the register of one job. Its processes are killed at the latest when this process exits. */
export function createProcessGroups(trackingId: string): ProcessGroups {
  if (!guarded) {
    guarded = true;
    process.on("exit", () => {
      for (const groups of living) groups.kill();
    });
  }
  const leaders = new Set<number>();
  const groups: ProcessGroups = {
    trackingId,
    add(leader) {
      leaders.add(leader);
      living.add(groups);
    },
    kill() {
      for (const leader of leaders) signal(-leader);
      for (const pid of tracked(trackingId)) signal(pid);
      leaders.clear();
      living.delete(groups);
    },
  };
  return groups;
}

function signal(target: number): void {
  try {
    process.kill(target, "SIGKILL");
  } catch {
    // Already gone.
  }
}

/** Processes whose environment carries the tracking id. Only Linux tells; elsewhere the groups must do. */
function tracked(trackingId: string): readonly number[] {
  let names: readonly string[];
  try {
    names = readdirSync("/proc");
  } catch {
    return [];
  }
  return names
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => environment(name).includes(`RUNNER_TRACKING_ID=${trackingId}`))
    .map(Number);
}

function environment(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return [];
  }
}
