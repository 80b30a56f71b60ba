import { createHash } from "node:crypto";
import type { RolloutSettings } from "../canary/settings.ts";
import type { Metrics } from "../metrics.ts";

const digits = 16;

/** Stands for everything that decides about a rollout; how its end is dealt with may change while it is under way. */
export function planHash(
  settings: RolloutSettings,
  { period, lag }: Pick<Metrics, "period" | "lag">,
): string {
  const { onCancel, onInconclusive, ...decisive } = settings;
  const sorted = Object.entries({ ...decisive, period, lag }).sort(([one], [other]) =>
    one < other ? -1 : 1,
  );
  return createHash("sha256").update(JSON.stringify(sorted)).digest("hex").slice(0, digits);
}
