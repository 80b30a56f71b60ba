import type { Candidate, Passage, TargetState, TrafficTarget } from "#ship/delivery";
import { createProgress, isShipError, poll, ShipError } from "#ship/kit";
import { groupHealth } from "../../alb/health.ts";
import type { AwsSession } from "../../session.ts";
import { urgentCalls, urgentRequests } from "../../urgency.ts";
import { type Caller, createCaller, under } from "../api/caller.ts";
import {
  continueServiceDeployment,
  type DeploymentState,
  describeServiceDeployment,
  stopServiceDeployment,
} from "../api/service-deployments.ts";
import { describeService, type ServiceAddress } from "../api/services.ts";
import { createBalancerReader } from "../api/target-health.ts";
import { adviseOnHooks } from "./advice.ts";
import { courseSteps } from "./course-steps.ts";
import type { NativeSides } from "./sides.ts";
import { refusal, type Standing, standingOf } from "./standing.ts";

/** What is known of a deployment before it is led. */
export interface NativeDeployment {
  readonly address: ServiceAddress;
  /** As it was first seen. */
  readonly first: DeploymentState;
  readonly sides: NativeSides;
  /** How long a step that bakes so many milliseconds may take, in milliseconds. */
  longest(duration: number): number;
}

const lookEvery = 2_000;
/** The first shift waits for all tasks to come up; a later one takes minutes behind a network load balancer. Milliseconds. */
const firstShiftWithin = 3_600_000;
const shiftWithin = 1_200_000;

/**
 * A traffic target over one service deployment of Amazon ECS, which moves the traffic itself: PAUSE hooks hold it,
 * ContinueServiceDeployment lets it go on, StopServiceDeployment takes it back. No call is made yet.
 */
export function createNativeTarget(session: AwsSession, deployment: NativeDeployment): TrafficTarget {
  const { address, first, sides, longest } = deployment;
  const caller = createCaller(session);
  const urgent: Caller = createCaller({ ...session, config: { ...session.config, ...urgentRequests } });
  const reader = createBalancerReader(session);
  const never = new AbortController().signal;
  const steps = courseSteps(first.configuration, address.service);
  const warnings = adviseOnHooks(first.configuration, steps, longest);
  const { canary, stable } = sides;
  let isStoppable = true;

  const look = async (signal: AbortSignal) => {
    const calling = under(caller, signal);
    const [state, service] = await Promise.all([
      describeServiceDeployment(calling, first.arn),
      describeService(calling, address),
    ]);
    if (!state)
      throw new ShipError("NOT_FOUND", `The service deployment ${first.arn} does not exist any more.`);
    const standing = standingOf(state, service, sides, session.clock.now());
    isStoppable = standing.kind !== "finished" && standing.kind !== "ended";
    return { state, standing, share: shareOf(state, standing) };
  };
  const passage = async (signal: AbortSignal): Promise<Passage & { readonly state: DeploymentState }> => {
    const { state, standing, share } = await look(signal);
    if (standing.kind === "finished")
      return { state, share, phase: "finished", words: `Amazon ECS has finished ${canary.name}` };
    if (standing.kind !== "forward") throw refusal(standing, canary.name);
    return { state, share, phase: state.waiting.length > 0 ? "waits" : "moves", words: standing.words };
  };
  const answer = async ({ waiting }: DeploymentState, signal: AbortSignal) => {
    for (const { id } of waiting) await continueUnlessAnswered(under(caller, signal), first.arn, id);
  };

  return {
    course: {
      async passage(signal = never) {
        const { share, phase, words } = await passage(signal);
        return { share, phase, words };
      },
      async proceed(signal = never) {
        const { state } = await passage(signal);
        await answer(state, signal);
      },
    },

    async inspect(signal = never): Promise<TargetState> {
      const { standing, share } = await look(signal);
      if (standing.kind === "superseded") throw refusal(standing, canary.name);
      const motion = motionOf(standing);
      return {
        split: { canary: share },
        stable: { name: stable.name },
        canary: { name: canary.name },
        warnings,
        steps,
        ...(motion ? { motion } : {}),
      };
    },

    async route({ canary: wanted }, signal = never) {
      const progress = createProgress(session.log, session.clock);
      const begun = await passage(signal);
      let seen: Passage = begun;
      await poll(
        async () => {
          const now = await passage(signal);
          seen = now;
          if (now.share >= wanted) return true;
          progress.update(now.words);
          await answer(now.state, signal);
          return undefined;
        },
        {
          clock: session.clock,
          signal,
          everyMilliseconds: lookEvery,
          timeoutMilliseconds: begun.share > 0 ? shiftWithin : firstShiftWithin,
          onTimeout: () =>
            new ShipError(
              "TRAFFIC_NOT_APPLIED",
              `${canary.name} shall have ${percent(wanted)} of the traffic, and still has ${percent(seen.share)}: ${seen.words}.`,
            ),
        },
      );
    },

    async restore() {
      try {
        await stopServiceDeployment(
          { ...urgent, options: { signal: never, policy: urgentCalls } },
          first.arn,
        );
      } catch (error) {
        if (!isShipError(error) || error.code !== "REQUEST_REJECTED") throw error;
        const { standing, share } = await look(never);
        const isBack = standing.kind === "returning" || standing.kind === "returned";
        if (isBack || (standing.kind === "ended" && share === 0)) return;
        if (standing.kind === "forward") throw error;
        throw standing.kind === "finished" ? finishedFirst(canary.name) : refusal(standing, canary.name);
      }
    },

    restoreByHand: () =>
      isStoppable
        ? `aws ecs stop-service-deployment --region ${session.region} --service-deployment-arn ${first.arn} --stop-type ROLLBACK`
        : `aws ecs update-service --region ${session.region} --cluster ${address.cluster} --service ${address.service} --task-definition ${stable.taskDefinition}`,

    async health(candidate: Candidate, signal = never) {
      const { group } = candidate.name === canary.name ? canary : stable;
      return groupHealth(await reader.health(group, under(caller, signal)));
    },

    // Amazon ECS takes the tasks away itself that a deployment, or its rollback, leaves behind.
    retire: async () => {},
  };
}

/** A hook that was answered in the meantime, by a person or by a call whose answer was lost, needs nothing more. */
async function continueUnlessAnswered(caller: Caller, arn: string, hook: string): Promise<void> {
  try {
    await continueServiceDeployment(caller, arn, hook);
  } catch (error) {
    if (!isShipError(error) || error.code !== "REQUEST_REJECTED") throw error;
    const state = await describeServiceDeployment(caller, arn);
    if (state?.waiting.some(({ id }) => id === hook)) throw error;
  }
}

function shareOf(state: DeploymentState, { kind }: Standing): number {
  if (kind === "finished") return 1;
  return kind === "returned" ? 0 : Number((state.weight / 100).toFixed(6));
}

function motionOf({ kind }: Standing): TargetState["motion"] {
  if (kind === "forward") return "forward";
  return kind === "returning" ? "back" : undefined;
}

function finishedFirst(name: string): ShipError {
  return new ShipError(
    "DEPLOYMENT_FAILED",
    `Amazon ECS finished the deployment before it could be stopped: ${name} has all traffic.`,
    { hint: "Deploy the previous task definition if it shall not stay; the command is in the details." },
  );
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}
