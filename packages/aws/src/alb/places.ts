import {
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { ReconcilePlace } from "#ship/delivery";
import type { AwsSession } from "../session.ts";
import { createAlbRollout, openTagNotes } from "./rollout.ts";
import type { SplitPlace } from "./rule.ts";

/** Where to look for rollouts that were left behind. ARNs; a listener stands for its default action and all its rules. */
export interface PlacesToLook {
  readonly rules: readonly string[];
  readonly listeners: readonly string[];
  /** ARN of the role of their timers; they are taken away with it. */
  readonly timerRole: string | undefined;
}

/** Finds the rules and listeners in which a record may stand. */
export async function findAlbPlaces(
  session: AwsSession,
  { rules, listeners, timerRole }: PlacesToLook,
  signal: AbortSignal,
): Promise<readonly ReconcilePlace[]> {
  const below = await Promise.all(listeners.map((listener) => rulesOf(session, listener, signal)));
  const places: SplitPlace[] = [
    ...listeners.map((arn) => ({ kind: "listener", arn }) as const),
    ...[...new Set([...rules, ...below.flat()])].map((arn) => ({ kind: "rule", arn }) as const),
  ];
  return places.map((place) => ({
    name: place.arn,
    notes: openTagNotes(session, place),
    async open({ stable, canary }) {
      const sides = { kind: "target-groups", stable: stable.reference, canary: canary.reference } as const;
      const { target, deadMan } = createAlbRollout(session, { place, sides });
      return { target, deadMan: timerRole === undefined ? undefined : deadMan(timerRole) };
    },
  }));
}

/** All rules of a listener but its default action, which is the listener's own. */
async function rulesOf(session: AwsSession, listener: string, signal: AbortSignal): Promise<string[]> {
  const client = new ElasticLoadBalancingV2Client(session.config);
  const arns: string[] = [];
  let marker: string | undefined;
  do {
    const command = new DescribeRulesCommand({
      ListenerArn: listener,
      ...(marker ? { Marker: marker } : {}),
    });
    const page = await session.call(
      "elasticloadbalancing:DescribeRules",
      (abortSignal) => client.send(command, { abortSignal }),
      { signal },
    );
    for (const { RuleArn, IsDefault } of page.Rules ?? []) if (RuleArn && !IsDefault) arns.push(RuleArn);
    marker = page.NextMarker;
  } while (marker);
  return arns;
}
