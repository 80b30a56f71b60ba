import { expect, it } from "@jest/globals";
import { manualClock } from "#ship/kit";
import { createPace } from "../../../packages/aws/src/pace.ts";

it("looks as often as usual until it is throttled, then less often, and as usual again when it is calm", async () => {
  const clock = manualClock();
  const pace = createPace(clock);
  const seen = [pace.of(5_000)];
  for (const wait of [0, 1_000, 10_000, 10_000, 60_000]) {
    await clock.advance(wait);
    if (wait < 60_000) pace.slowDown();
    seen.push(pace.of(5_000));
  }
  await clock.advance(60_000);
  expect([...seen, pace.of(5_000)]).toEqual([5_000, 10_000, 10_000, 20_000, 20_000, 10_000, 5_000]);
});
