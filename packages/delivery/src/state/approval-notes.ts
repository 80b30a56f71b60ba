/** Notes of an approval, which end with the rollout: what waits for one, and what was given one last. */
export const approvalNames = { awaiting: "awaiting-approval", approved: "approved" } as const;
