import { findEngine } from "./engine.ts";
import { planFromImage } from "./from-image.ts";
import { planFromSource } from "./from-source.ts";
import type { ReleasePlan } from "./release-plan.ts";

export type { ReleasePlan } from "./release-plan.ts";

/** Chooses how images and tasks are made on this machine; what it starts is ended through `stack`. */
export async function choosePlan(options: {
  readonly folder: string;
  readonly stack: AsyncDisposableStack;
}): Promise<ReleasePlan> {
  const dockerHost = process.env["DOCKER_HOST"] || undefined;
  const engine = await findEngine(dockerHost);
  return engine === "here" ? planFromImage({ ...options, dockerHost }) : planFromSource(options);
}
