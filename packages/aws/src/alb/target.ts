import type { Action } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Candidate, TrafficTarget } from "#ship/delivery";
import { isShipError, poll, ShipError } from "#ship/kit";
import { createCaller, under } from "../ecs/api/caller.ts";
import { createBalancerReader } from "../ecs/api/target-health.ts";
import type { AwsSession } from "../session.ts";
import { urgentCalls } from "../urgency.ts";
import { readWeights, type SplitGroups, stickySeconds, withWeights } from "./actions.ts";
import { groupHealth } from "./health.ts";
import { openRule, type SplitPlace } from "./rule.ts";
import { findSides, type Sides, type SplitSides } from "./sides.ts";
import { shareOf, weightsFor } from "./weights.ts";

/** Where traffic is split, and between what. */
export interface AlbSplit {
  readonly place: SplitPlace;
  readonly sides: SplitSides;
}

/** A write may take a moment to be seen by the next read. Milliseconds. */
const readBackLimit = 10_000;

/** What was seen at the first look: the list to write back, whatever happens later. */
interface Base {
  readonly sides: Sides;
  readonly actions: readonly Action[];
  readonly atStable: readonly Action[];
}

/** A target whose way back others may keep ready as well. */
export interface AlbTarget extends TrafficTarget {
  /** The actions that give all traffic to stable. Needs an `inspect` before. */
  atStable(): readonly Action[];
}

/** A traffic target over the weights of a listener rule or a listener's default action. No call is made yet. */
export function createAlbTarget(session: AwsSession, { place, sides: wanted }: AlbSplit): AlbTarget {
  const rule = openRule(session, place);
  const where = `The ${place.kind === "rule" ? "listener rule" : "default action of the listener"} ${place.arn}`;
  const reader = createBalancerReader(session);
  const ecs = createCaller(session);
  const never = new AbortController().signal;
  let base: Base | undefined;
  let expected: number | undefined;

  const look = async (signal: AbortSignal) => {
    const sides = base?.sides ?? (await findSides(session, wanted, signal));
    const actions = await session.call(rule.permissions.read, (inner) => rule.read(inner), { signal });
    const share = shareOf(readWeights(actions, sides.groups, where)) ?? 0;
    base ??= { sides, actions, atStable: withWeights(actions, sides.groups, weightsFor(0)) };
    expected ??= share;
    return { sides, actions, share };
  };
  const groupOf = ({ sides }: Base, { name }: Candidate) =>
    name === sides.names.canary ? sides.groups.canary : sides.groups.stable;
  const wayBack = (): readonly Action[] => {
    if (!base) throw new ShipError("UNEXPECTED", `${where} was never read, so nothing can be restored.`);
    return base.atStable;
  };
  const known = async (signal: AbortSignal): Promise<Base> => {
    if (!base) await look(signal);
    if (!base) throw new ShipError("UNEXPECTED", `${where} was read and is still not known.`);
    return base;
  };

  return {
    async inspect(signal = never) {
      const { sides, actions, share } = await look(signal);
      const sticky = stickySeconds(actions);
      return {
        split: { canary: share },
        stable: candidateOf(sides, "stable"),
        canary: candidateOf(sides, "canary"),
        warnings:
          sticky === undefined
            ? []
            : [
                `${where} binds visitors to a target group for ${sticky} s: weights reach new visitors only, weight 0 leaks until then, and errors of one visitor stay together. Set \`dispersion\` to the mean number of requests per visitor.`,
              ],
      };
    },

    async route({ canary }, signal = never) {
      const before = await look(signal);
      if (!isSame(before.share, expected ?? before.share)) {
        throw new ShipError(
          "TRAFFIC_DRIFTED",
          `${where} gives the canary ${percent(before.share)} of the traffic, but this rollout left it at ${percent(expected ?? 0)}.`,
        );
      }
      const actions = withWeights(before.actions, before.sides.groups, weightsFor(canary));
      const isWritten = names(before.actions, before.sides) && isSame(before.share, canary);
      expected = canary;
      if (isWritten) return;
      const seen = async (readSignal: AbortSignal) =>
        isSame((await look(readSignal)).share, canary) ? true : undefined;
      await session.call(rule.permissions.write, (inner) => rule.write(actions, inner), { signal });
      await poll(() => seen(signal), {
        clock: session.clock,
        signal,
        everyMilliseconds: 500,
        timeoutMilliseconds: readBackLimit,
        onTimeout: () =>
          new ShipError(
            "TRAFFIC_DRIFTED",
            `${where} was given ${percent(canary)} for the canary, and is read back otherwise after ${readBackLimit / 1_000} s.`,
          ),
      });
    },

    atStable: () => wayBack(),

    async restore() {
      const atStable = wayBack();
      expected = 0;
      await session.call(rule.permissions.write, (inner) => rule.write(atStable, inner), {
        signal: never,
        policy: urgentCalls,
      });
    },

    restoreByHand: () =>
      base ? rule.command(base.atStable) : `${where} was never read: nothing of it was changed.`,

    async health(candidate, signal = never) {
      const group = groupOf(await known(signal), candidate);
      try {
        return groupHealth(await reader.health(group, under(ecs, signal)));
      } catch (cause) {
        if (!isShipError(cause) || cause.code !== "NOT_FOUND") throw cause;
        throw new ShipError("NOT_FOUND", `The target group ${group} does not exist.`, { cause });
      }
    },

    async retire(candidate, signal = never) {
      const { sides, share } = await look(signal);
      const serving = candidate.name === sides.names.canary ? share : 1 - share;
      if (!isSame(serving, 0)) {
        throw new ShipError(
          "TRAFFIC_DRIFTED",
          `${candidate.name} shall be taken away, but ${where} gives it ${percent(serving)} of the traffic.`,
        );
      }
      await sides.scaleAway(candidate.name, signal);
    },
  };
}

/** True when the rule names both groups: a group on no rule is never health-checked. */
function names(actions: readonly Action[], { groups }: Sides): boolean {
  const tuples = actions.flatMap((action) => action.ForwardConfig?.TargetGroups ?? []);
  return Object.values(groups).every((arn) => tuples.some((tuple) => tuple.TargetGroupArn === arn));
}

function candidateOf({ names, groups, releases }: Sides, side: keyof SplitGroups): Candidate {
  const release = releases?.[side];
  return { name: names[side], reference: groups[side], ...(release === undefined ? {} : { release }) };
}

/** Weights written by others need not lie on our scale: 1 to 99 is 1 % as well as 10 to 990. */
function isSame(one: number, other: number): boolean {
  return Math.abs(one - other) < 0.000_5;
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}
