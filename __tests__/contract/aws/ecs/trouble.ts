import { expect } from "@jest/globals";
import type { Fault } from "../../../../packages/simulators/src/faults/fault.ts";
import { type Deployment, type World, withImage } from "./world.ts";

export const nextImage = "shop:2";
export const release = { changes: withImage(nextImage) };

/** What a call meets: the fault, and whether only its first time. */
export type Trouble = Fault & { readonly lasting?: true };
export const throttle = { kind: "throttle" } as const;
export const unavailable = { kind: "server-error", status: 503 } as const;
export const reset = { kind: "reset" } as const;
export const lost = { kind: "lost-answer" } as const;
export const denied = { kind: "denied", lasting: true } as const;
export const expired = { kind: "expired-token", lasting: true } as const;
export const forGood = <T extends Trouble>(trouble: T) => ({ ...trouble, lasting: true }) as const;
/** A trouble for the name of a test. */
export const nameOf = ({ kind, lasting }: Trouble) => `${kind}${lasting ? " for good" : " once"}`;

/** The next calls of `action` meet the trouble. */
export function strike(shop: World, action: string, { lasting, ...fault }: Trouble): void {
  shop.aws.faults.add({ action, fault, ...(lasting ? {} : { nth: 1 }) });
}

/** As {@link strike}, but once a call of `first` has been answered well. */
export function strikeAfter(shop: World, first: string, action: string, trouble: Trouble): void {
  const unfollow = shop.aws.calls.follow((call) => {
    if (call.action !== first || call.status !== 200) return;
    unfollow();
    strike(shop, action, trouble);
  });
}

/** What boto3's `services_stable` waiter looks for: one deployment, in full number. */
export async function isStable(shop: World, name = "shop-blue"): Promise<boolean> {
  const { deployments, runningCount, desiredCount } = await shop.service(name);
  return Array.isArray(deployments) && deployments.length === 1 && runningCount === desiredCount;
}

/** Lets the account come to rest and expects one revision in full number, and the traffic where it was. */
export async function expectServing(shop: World, image: string): Promise<void> {
  shop.aws.faults.clear();
  await shop.time.advance(900_000);
  expect(shop.runningImages("shop-blue")).toEqual([image, image]);
  expect(await isStable(shop)).toBe(true);
  expect([...shop.weights().values()]).toEqual([100, 0]);
}

/** Result and error code of a deployment in one text. */
export const endOf = ({ outcome, outputs }: Deployment) =>
  `${outputs["result"]} ${outcome.failure?.code ?? ""}`.trim();
