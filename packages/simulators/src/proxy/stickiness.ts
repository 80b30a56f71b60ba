import { createHash } from "node:crypto";
import type { ForwardAction, WeightedGroup } from "../elbv2/model.ts";

/** Cookie that keeps a client on one target group of a weighted forward. */
export const stickyCookie = "AWSALBTG";

/** The opaque cookie value that stands for a target group. */
function token(targetGroupArn: string): string {
  return createHash("sha256").update(targetGroupArn).digest("base64url");
}

/**
 * The group a returning client is bound to. A weight of zero does not release the client, only the end of the cookie or
 * the group leaving the rule does.
 */
export function stuckGroup(forward: ForwardAction, cookies: string | undefined): WeightedGroup | undefined {
  if (!forward.stickiness.enabled || !cookies) return undefined;
  const value = cookies
    .split(";")
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith(`${stickyCookie}=`))
    ?.slice(stickyCookie.length + 1);
  return forward.targetGroups.find((group) => token(group.targetGroupArn) === value);
}

/** `Set-Cookie` values for a client that was sent to a group; none unless stickiness is on. */
export function stickyHeaders(
  forward: ForwardAction,
  targetGroupArn: string,
  now: number,
): readonly string[] {
  if (!forward.stickiness.enabled) return [];
  const expires = new Date(now + forward.stickiness.durationSeconds * 1000).toUTCString();
  const value = token(targetGroupArn);
  return [
    `${stickyCookie}=${value}; Expires=${expires}; Path=/`,
    `${stickyCookie}CORS=${value}; Expires=${expires}; Path=/; SameSite=None; Secure`,
  ];
}
