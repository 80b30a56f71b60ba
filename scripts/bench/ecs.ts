/** What waiting for Amazon ECS costs: how late a stable deployment is noticed, and how many calls that takes. */
import { type Counted, countCalls } from "./ecs/calls.ts";
import { type Lag, lagOf, waiters } from "./ecs/notice.ts";

const ranges = [
  { name: "2 to 10 min", between: [120, 600] },
  { name: "10 to 25 min", between: [600, 1_500] },
] as const;

/**
 * Prints both. Times are those of a simulated clock, so a busy machine changes none of them.
 * @param root of the repository
 * @param runs deployments for each manner of waiting
 */
export async function benchEcs(root: string, runs: number): Promise<void> {
  console.log(`Seconds from stable to noticed, of ${runs} deployments: mean/p90/worst (times ship's mean)\n`);
  console.log(`| | ${ranges.map(({ name }) => `stable after ${name}`).join(" | ")} |`);
  console.log(`| --- |${" --- |".repeat(ranges.length)}`);
  const [first] = waiters;
  const base = await Promise.all(
    ranges.map(async ({ between }) => (first ? (await lagOf(first.waiter, runs, between)).mean : Number.NaN)),
  );
  for (const { name, waiter } of waiters) {
    const lags = await Promise.all(ranges.map(({ between }) => lagOf(waiter, runs, between)));
    const cells = lags.map((lag, index) => cellOf(lag, base[index] ?? Number.NaN));
    console.log(`| ${name} | ${cells.join(" | ")} |`);
  }
  console.log(
    "\nCalls of a deployment of two tasks, and of the same run again, counted at the simulated API\n",
  );
  for (const counted of await countCalls(root)) console.log(lineOf(counted));
}

function cellOf({ mean, ninety, worst, missed }: Lag, base: number): string {
  const lost = missed === 0 ? "" : `, ${(missed * 100).toFixed(1)} % given up on`;
  return `${mean.toFixed(1)}/${ninety.toFixed(1)}/${worst.toFixed(0)} (${(mean / base).toFixed(0)}x)${lost}`;
}

function lineOf({ result, seconds, calls }: Counted): string {
  const total = [...calls.values()].reduce((sum, count) => sum + count, 0);
  const each = [...calls].map(([action, count]) => `${action} ${count}`).join(", ");
  return `${result} in ${seconds.toFixed(0)} s: ${total} calls (${each})`;
}
