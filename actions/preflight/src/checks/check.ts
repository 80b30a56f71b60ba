import { messageOf, toShipError } from "#ship/kit";

/** One thing that preflight looked at. */
export interface Finding {
  readonly check: string;
  /** `note`: could not be proven either way. */
  readonly verdict: "ok" | "note" | "problem";
  readonly detail: string;
}

/** Looks without touching; answers what it found, and never throws for what it was made to find. */
export type Check = () => Promise<readonly Finding[]>;

export const ok = (check: string, detail: string): Finding => ({ check, verdict: "ok", detail });
export const note = (check: string, detail: string): Finding => ({ check, verdict: "note", detail });
export const problem = (check: string, detail: string): Finding => ({ check, verdict: "problem", detail });

/** Runs all checks side by side; one that breaks is a problem by itself and hides no other. */
export async function runChecks(checks: Readonly<Record<string, Check>>): Promise<readonly Finding[]> {
  const found = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      try {
        return await check();
      } catch (error) {
        const failure = toShipError(error);
        if (failure.kind === "cancelled") throw failure;
        return [
          problem(name, failure.kind === "bug" ? messageOf(error) : `${failure.message} — ${failure.hint}`),
        ];
      }
    }),
  );
  return found.flat();
}
