import { setSecret } from "@actions/core";

/** Values that must never be seen again once they are known. */
export interface Redaction {
  /** Masks `value` in the runner's log and in everything {@link redact} sees. Multi-line values are masked line by line too. */
  add(value: string): void;
  /** The text with every known secret replaced by `***`. */
  redact(text: string): string;
}

/** Shorter lines would mask half the log: `}` or `0` inside a JSON key. */
const shortestLine = 4;

/**
 * Creates a {@link Redaction} that also tells the runner (`::add-mask::`).
 * @param initial secrets that the runner knows already, so that it need not be told
 */
export function createRedaction(initial: readonly string[] = []): Redaction {
  const known = new Set<string>(initial);
  return {
    add(value) {
      const whole = value.trim();
      if (whole === "") return;
      const lines = whole.split(/\r?\n/).map((line) => line.trim());
      for (const secret of new Set([whole, ...lines.filter((line) => line.length >= shortestLine)])) {
        if (known.has(secret)) continue;
        known.add(secret);
        setSecret(secret);
      }
    },
    redact(text) {
      const longestFirst = [...known].sort((a, b) => b.length - a.length);
      return longestFirst.reduce((masked, secret) => masked.replaceAll(secret, "***"), text);
    },
  };
}
