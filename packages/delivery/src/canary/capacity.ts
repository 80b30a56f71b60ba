import type { Health } from "../target.ts";

/** Health of both releases at one moment. */
export interface FleetHealth {
  readonly canary: Health;
  readonly stable: Health;
}

/**
 * Why the canary could not carry a share of the traffic; empty when it could. It needs as many healthy targets as its share
 * of the stable fleet, at least one, and none that is registered but not healthy. The fleet counts as it is registered: one
 * that is half down needs no smaller successor.
 */
export function lackingCapacity(health: FleetHealth | undefined, share: number): string[] {
  if (!health) return ["the health of the targets could not be read"];
  const { canary, stable } = health;
  const needed = Math.max(1, Math.ceil(share * stable.registered));
  if (canary.healthy >= needed && canary.healthy === canary.registered) return [];
  return [
    `${describeHealth(canary)}; ${share * 100} % of the traffic needs ${needed}, and all registered ones healthy`,
  ];
}

/** True when traffic that went back to the stable release would find nothing there. */
export function isStableDown(health: FleetHealth | undefined): boolean {
  return health !== undefined && health.stable.healthy === 0;
}

/** A canary's health in one sentence, with the platform's reasons. */
export function describeHealth({ healthy, registered, reasons }: Health): string {
  const because = reasons.length > 0 ? ` (${[...new Set(reasons)].join("; ")})` : "";
  return `${healthy} of the canary's ${registered} targets are healthy${because}`;
}
