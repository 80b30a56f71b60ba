import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { endRow, nothingLeft, type Rehearsals, startRehearsals } from "../../support/rehearsal.ts";

/** Each scenario with the release that serves at the end; those of `npm test` are not among them. */
const scenarios = [
  ["subtle", "old"],
  ["incident-both", "new"],
  ["runner-dies", "new"],
  ["second-deploy", "new"],
  ["latency", "old"],
  ["leak", "old"],
  ["drift", "old"],
  ["low-traffic", "old"],
  ["no-metrics", "old"],
] as const;
/** What all of them may take together, in milliseconds: a test waits for those before its own, too. */
const generous = 900_000;

describe("npm run rehearse", () => {
  let rehearsals: Rehearsals;
  beforeAll(() => {
    rehearsals = startRehearsals(scenarios.map(([scenario]) => scenario));
  });
  afterAll(() => rehearsals.stop());

  it.each(scenarios)(
    "ends scenario %s with the %s release serving everybody",
    async (scenario, serving) => {
      const { exitCode, output, folder } = await rehearsals.ended(scenario);

      expect([exitCode, output]).toEqual([0, expect.stringContaining(`As expected: ${scenario}`)]);
      expect(endRow(output, serving)).toMatch(/100 % +shop-api-(blue|green) +2 +2$/);
      await nothingLeft(folder);
    },
    generous,
  );
});
