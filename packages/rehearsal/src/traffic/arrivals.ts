import type { Random } from "./random.ts";

/** How requests are spread over time: as independent users come (`poisson`), or evenly (`uniform`). */
export type Arrival = "poisson" | "uniform";

/**
 * The times at which requests are due, in milliseconds after the start, without end.
 * `rate` is in requests per second; throws when it is not above zero.
 */
export function* arrivals(arrival: Arrival, rate: number, random: Random): Generator<number, never> {
  if (!(rate > 0) || !Number.isFinite(rate)) {
    throw new Error(`The traffic rate is ${rate} requests per second; it must be above 0.`);
  }
  const mean = 1_000 / rate;
  let due = 0;
  while (true) {
    due += arrival === "uniform" ? mean : -Math.log(1 - random()) * mean;
    yield due;
  }
}
