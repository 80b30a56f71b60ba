import { createHash } from "node:crypto";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { DeadMan, TargetNotes, TrafficTarget } from "#ship/delivery";
import { createTimer } from "../scheduler/timer.ts";
import type { AwsSession } from "../session.ts";
import { createTagNotes } from "./notes.ts";
import type { SplitPlace } from "./rule.ts";
import { type AlbSplit, createAlbTarget } from "./target.ts";

/** The weights of a load balancer as a rollout uses them. */
export interface AlbRollout {
  readonly target: TrafficTarget;
  readonly notes: TargetNotes;
  /** A timer that brings all traffic back as a role; the target must have been looked at before it is set. */
  deadMan(role: string): DeadMan;
}

/** Opens the weights of a listener rule or a listener. No call is made yet. */
export function createAlbRollout(session: AwsSession, split: AlbSplit): AlbRollout {
  const { place } = split;
  const target = createAlbTarget(session, split);
  return {
    target,
    notes: openTagNotes(session, place),
    deadMan: (role) =>
      createTimer(session, {
        role,
        name: timerName(place),
        description: `Brings all traffic of ${place.arn} back unless a rollout pushes this out.`,
        call: () =>
          place.kind === "rule"
            ? {
                action: "elasticloadbalancingv2:modifyRule",
                input: { RuleArn: place.arn, Actions: target.atStable() },
              }
            : {
                action: "elasticloadbalancingv2:modifyListener",
                input: { ListenerArn: place.arn, DefaultActions: target.atStable() },
              },
      }),
  };
}

/** The notes of a place alone, for those who settle what others left behind. */
export function openTagNotes(session: AwsSession, place: SplitPlace): TargetNotes {
  return createTagNotes(session, new ElasticLoadBalancingV2Client(session.config), place.arn);
}

/** One timer a place: setting one takes the place of what an earlier rollout left. */
function timerName({ arn }: SplitPlace): string {
  return `ship-canary-${createHash("sha256").update(arn).digest("hex").slice(0, 32)}`;
}
