const unitMilliseconds = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const durationPattern = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;
const durationPart = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;

/**
 * Reads a duration as people write it: `90s`, `10m`, `1h30m`, `500ms`, `2d`; a bare number means seconds.
 * @returns milliseconds, or `undefined` when the text is no duration.
 */
export function parseDuration(text: string): number | undefined {
  const compact = text.trim().toLowerCase().replaceAll(/\s+/g, "");
  if (/^\d+(?:\.\d+)?$/.test(compact)) return Math.round(Number(compact) * 1_000);
  if (!durationPattern.test(compact)) return undefined;
  let total = 0;
  for (const [, amount, unit] of compact.matchAll(durationPart)) {
    total += Number(amount) * unitMilliseconds[unit as keyof typeof unitMilliseconds];
  }
  return Math.round(total);
}

/** Writes milliseconds the way people say them: `850 ms`, `12.3 s`, `4 min 5 s`, `1 h 2 min`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  // What is nearly a minute is one: the rest of a budget of whole minutes is told, too.
  if (milliseconds < 59_500) return `${Number((milliseconds / 1_000).toFixed(1))} s`;
  const seconds = Math.round(milliseconds / 1_000);
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  const rest = hours > 0 ? 0 : seconds % 60;
  return [hours && `${hours} h`, minutes && `${minutes} min`, rest && `${rest} s`].filter(Boolean).join(" ");
}

/**
 * Reads a share as people write it: `5%` or `0.05`; a bare number above 1 is a percentage.
 * A bare `1` could mean either and is refused.
 * @returns a fraction from 0 to 1, or `undefined` when the text is no share.
 */
export function parseShare(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?|\.\d+)\s*(%?)$/.exec(text.trim());
  if (!match) return undefined;
  const amount = Number(match[1]);
  if (match[2] === "" && amount === 1) return undefined;
  const share = match[2] === "%" || amount > 1 ? amount / 100 : amount;
  return share <= 1 ? share : undefined;
}

/** Writes a fraction as a percentage with at most two decimals: `5 %`, `0.25 %`. */
export function formatShare(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}
