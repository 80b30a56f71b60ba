import type { Experiences } from "../traffic/index.ts";

/** Requests of all releases together, those without an answer included. */
export function totalOf(users: Experiences): {
  readonly requests: number;
  readonly errors: number;
  readonly slow: number;
} {
  const all = [...users.values()];
  const sum = (count: (one: (typeof all)[number]) => number) =>
    all.reduce((total, one) => total + count(one), 0);
  return {
    requests: sum((one) => one.requests),
    errors: sum((one) => one.errors),
    slow: sum((one) => one.slow),
  };
}
