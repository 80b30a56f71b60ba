/** Answer times of the service on trial: lognormal, half of them under 100 ms, one of a hundred over 404 ms. */

const median = 0.1;
const spread = Math.log(4.04) / 2.326_347_874;

/** The service's own percentiles, in seconds. */
export const percentiles = { p95: quantile(1.644_853_627), p99: quantile(2.326_347_874) };

/** Share of requests slower than `edge` seconds when all take `factor` times as long as usual. */
export function slowerThan(edge: number, factor: number): number {
  return 1 - normalBelow(Math.log(edge / (median * factor)) / spread);
}

function quantile(deviations: number): number {
  return median * Math.exp(spread * deviations);
}

/** Abramowitz and Stegun 7.1.26; good to 1.5e-7. */
function normalBelow(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.327_591_1 * x);
  const series =
    t *
    (0.254_829_592 + t * (-0.284_496_736 + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
  const error = 1 - series * Math.exp(-x * x);
  return z >= 0 ? (1 + error) / 2 : (1 - error) / 2;
}
