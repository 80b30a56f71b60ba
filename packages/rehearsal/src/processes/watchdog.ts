/**
 * The program that outlives the rehearsal to clean up after it. It reads what the rehearsal owns from standard input, one
 * change per line, and acts when that pipe ends, which the kernel does for it however the rehearsal died.
 */
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "#ship/kit";
import { endGroups } from "./end-groups.ts";
import { parseChange } from "./watchdog-change.ts";

const groups = new Set<number>();
const folders = new Set<string>();
const graceMilliseconds = Number(process.argv[2]);
/** Types only from the kit: this program must start at once, so it loads nothing it can do without. */
const clock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds) => sleep(milliseconds),
};

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);

for await (const line of createInterface({ input: process.stdin })) {
  const change = parseChange(line);
  if (change.kind === "own-group") groups.add(change.group);
  if (change.kind === "release-group") groups.delete(change.group);
  if (change.kind === "own-folder") folders.add(change.folder);
  if (change.kind === "release-folder") folders.delete(change.folder);
}
await endGroups({ groups, folders }, { graceMilliseconds, clock });
