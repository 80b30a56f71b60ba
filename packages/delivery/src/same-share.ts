/** The smallest difference of shares that counts: half of the finest grain there is (0.1 %). */
const noise = 0.000_5;

/** True for shares that no target could tell apart; weights written by others need not lie on our scale. */
export function isSameShare(one: number, other: number): boolean {
  return Math.abs(one - other) < noise;
}
