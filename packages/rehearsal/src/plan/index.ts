import { planFromSource } from "./from-source.ts";
import type { ReleasePlan } from "./release-plan.ts";

export type { ReleasePlan } from "./release-plan.ts";

/** Chooses how images and tasks are made on this machine. */
export async function choosePlan(_: {
  readonly folder: string;
  readonly stack: AsyncDisposableStack;
}): Promise<ReleasePlan> {
  return planFromSource();
}
