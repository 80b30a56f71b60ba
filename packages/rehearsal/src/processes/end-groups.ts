import { rm } from "node:fs/promises";
import type { Clock } from "#ship/kit";
import { groupLives, signalGroup } from "./group.ts";

/** How often a group that was told to end is looked at, in milliseconds. */
const LOOK_EVERY = 20;

/** What shall be gone. */
export interface Belongings {
  /** Process groups by their leader's pid. */
  readonly groups: Iterable<number>;
  /** Folders removed with everything in them, once the processes are gone. */
  readonly folders: Iterable<string>;
}

/**
 * Ends all groups at once: SIGTERM, then SIGKILL for what still lives after `graceMilliseconds`; removes the folders last.
 * Resolves when nothing is left; a folder that cannot be removed does not keep the others.
 */
export async function endGroups(
  { groups, folders }: Belongings,
  { graceMilliseconds, clock }: { readonly graceMilliseconds: number; readonly clock: Clock },
): Promise<void> {
  const told = [...groups].filter((group) => signalGroup(group, "SIGTERM"));
  const deadline = clock.now() + graceMilliseconds;
  let living = told.filter(groupLives);
  while (living.length > 0 && clock.now() < deadline) {
    await clock.sleep(LOOK_EVERY);
    living = living.filter(groupLives);
  }
  for (const group of living) signalGroup(group, "SIGKILL");
  await Promise.allSettled(
    [...folders].map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })),
  );
}
