/** Random numbers that the same seed gives again. */

const { cos, exp, floor, imul, log, log1p, max, min, PI, round, sqrt } = Math;

/** Numbers from 0 to 1, 1 excluded. */
export type Random = () => number;

/** Mulberry32. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** From this variance on, the normal distribution is near enough. */
const large = 40;

/** How many of `trials` succeed when each does with this chance. */
export function binomial(random: Random, trials: number, chance: number): number {
  if (trials <= 0 || chance <= 0) return 0;
  if (chance >= 1) return trials;
  if (chance > 0.5) return trials - binomial(random, trials, 1 - chance);
  const mean = trials * chance;
  const variance = mean * (1 - chance);
  if (variance > large) {
    const value = round(mean + sqrt(variance) * standardNormal(random));
    return min(trials, max(0, value));
  }
  // The gaps between successes are geometric.
  let count = 0;
  let position = 0;
  for (;;) {
    position += floor(log(1 - random()) / log1p(-chance)) + 1;
    if (position > trials) return count;
    count += 1;
  }
}

/** How many arrive when `mean` do on average. */
export function poisson(random: Random, mean: number): number {
  if (mean > large) return max(0, round(mean + sqrt(mean) * standardNormal(random)));
  const limit = exp(-mean);
  let product = random();
  let count = 0;
  for (; product > limit; count += 1) product *= random();
  return count;
}

function standardNormal(random: Random): number {
  return sqrt(-2 * log(1 - random())) * cos(2 * PI * random());
}
