import { ShipError } from "#ship/kit";
import { type Service, shortName, type TrafficEntry, toLatest, toRevision } from "./model.ts";

/** Percent by revision; revisions without traffic are absent. */
export type Shares = ReadonlyMap<string, number>;

/** The two revisions of a split. */
export interface Arms {
  readonly stable: string;
  readonly canary: string;
}

/** The percentages a service was given. Without any entry the latest revision has all (Cloud Run Admin API v2: Service.traffic). */
export function sharesOf(service: Service): Shares {
  const given = service.traffic.length > 0 ? service.traffic : [{ type: toLatest, percent: 100 }];
  return sum(given, service);
}

/** The percentages that are in force. */
export function sharesInForce(service: Service): Shares {
  return sum(service.trafficStatuses, service);
}

function sum(entries: readonly TrafficEntry[], service: Service): Shares {
  const shares = new Map<string, number>();
  for (const entry of entries) {
    const name = revisionOf(entry, service);
    if (name !== undefined && entry.percent) shares.set(name, (shares.get(name) ?? 0) + entry.percent);
  }
  return shares;
}

/** The revision an entry leads to now; `undefined` for the latest of a service that never had one ready. */
export function revisionOf(entry: TrafficEntry, service: Service): string | undefined {
  const name = entry.revision || (entry.type === toRevision ? undefined : service.latestReadyRevision);
  return name === undefined ? undefined : shortName(name);
}

/** True when two divisions are the same. */
export function isSame(one: Shares, other: Shares): boolean {
  return one.size === other.size && [...one].every(([name, percent]) => other.get(name) === percent);
}

/** The division with `percent` for the canary and the rest for stable. */
export function divide({ stable, canary }: Arms, percent: number): Shares {
  return new Map(
    [[stable, 100 - percent] as const, [canary, percent] as const].filter(([, share]) => share > 0),
  );
}

/**
 * The whole list that makes a division: revisions by name, so that no later deployment takes traffic unasked, and every tag
 * kept where it points.
 */
export function entriesFor(shares: Shares, service: Service): readonly TrafficEntry[] {
  const tags = service.traffic.filter(({ tag }) => tag !== undefined && tag !== "");
  return [
    ...[...shares].map(([name, percent]) => ({ type: toRevision, revision: name, percent })),
    ...tags.map(({ percent: _percent, ...entry }) => entry),
  ];
}

/** True when some traffic goes to whichever revision is the latest. */
export function followsLatest(service: Service): boolean {
  const entries = service.traffic;
  return entries.length === 0 || entries.some(({ type, percent }) => type === toLatest && percent);
}

/**
 * The two revisions of a split: the one on trial, by its name or by one of its tags, and the only other one with traffic.
 * @param remembered the stable revision where it is known already: when the canary has all traffic it cannot be seen
 * @throws ShipError `TARGET_AMBIGUOUS` when several revisions besides the candidate have traffic
 */
export function findArms(
  service: Service,
  candidate: string,
  remembered: string | undefined,
): { readonly canary: string; readonly stable: string | undefined } {
  const tagged = service.traffic.find(({ tag }) => tag === candidate);
  const canary = (tagged && revisionOf(tagged, service)) ?? candidate;
  const others = [...sharesOf(service).keys()].filter((name) => name !== canary);
  const [only, ...more] = others;
  if (more.length > 0) {
    throw new ShipError(
      "TARGET_AMBIGUOUS",
      `${shortName(service.name)} serves from ${others.join(", ")} besides the candidate ${canary}; a split needs exactly one stable revision.`,
      { hint: "Bring one of them to 100 % by hand, then run again." },
    );
  }
  return { canary, stable: only ?? (remembered === canary ? undefined : remembered) };
}

/** The address of a revision's own tag, to reach it without traffic. */
export function tagAddress(service: Service, name: string): string | undefined {
  return service.trafficStatuses.find(
    (status) => status.tag && status.uri && revisionOf(status, service) === name,
  )?.uri;
}
