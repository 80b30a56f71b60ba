import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type CanaryWorld, canaryWorld } from "../../bundle/canary-world.ts";
import { runStep, type StepOptions } from "../../bundle/runner-step.ts";

/** The calls of a rollout that change something, and how often each is made at least when it is left in peace. */
const calls = {
  AddTags: 3,
  CreateSchedule: 1,
  UpdateSchedule: 2,
  ModifyRule: 2,
  DeleteSchedule: 1,
  RemoveTags: 1,
} as const;
const deaths = Object.entries(calls).flatMap(([action, count]) =>
  Array.from({ length: count }, (_, index) => index + 1).flatMap((nth) => [
    { when: "before", action, nth },
    { when: "after", action, nth },
  ]),
);

let world: CanaryWorld;
let temporary: string;

beforeAll(async () => {
  world = await canaryWorld();
  temporary = mkdtempSync(join(tmpdir(), "ship-kill-matrix-"));
});
afterAll(async () => {
  rmSync(temporary, { recursive: true, force: true });
  await world.close();
  expect(world.aws.violations).toEqual([]);
});

const shift = (attempt: number, more: Partial<StepOptions> = {}) =>
  runStep({
    action: "canary-shift",
    inputs: {
      ...world.inputs,
      interval: "1s",
      bake: "1s",
      "deadman-role": "arn:aws:iam::123456789012:role/dead-man",
    },
    environment: {
      ...world.aws.environment(),
      RUNNER_TEMP: temporary,
      GITHUB_RUN_ATTEMPT: String(attempt),
    },
    ...more,
  });

/** As before any rollout: all traffic at blue, nothing remembered, no timer. */
async function beginAnew(): Promise<void> {
  const { aws, rule, inputs } = world;
  aws.faults.clear();
  const [blue = "", green = ""] = [inputs["stable-target-group"], inputs["canary-target-group"]];
  aws.elbv2.setRuleWeights(
    rule,
    new Map([
      [blue, 100],
      [green, 0],
    ]),
  );
  for (const Name of aws.scheduler.pending.keys()) await aws.call("scheduler", "DeleteSchedule", { Name });
  const TagKeys = (await tags()).map(({ Key }) => Key);
  if (TagKeys.length > 0) await aws.call("elbv2", "RemoveTags", { ResourceArns: [rule], TagKeys });
}

async function tags(): Promise<readonly { readonly Key: string }[]> {
  const { TagDescriptions } = await world.aws.call("elbv2", "DescribeTags", { ResourceArns: [world.rule] });
  return (TagDescriptions as { Tags?: { Key: string }[] }[])[0]?.Tags ?? [];
}

describe("a canary-shift step that is killed", () => {
  it.each(deaths)(
    "$when call $nth of $action ends at 100 % of the new release when it is run again",
    async ({ when, action, nth }) => {
      await beginAnew();
      const { faults, calls: log } = world.aws;
      const begun = log.all.length;
      if (when === "after") {
        faults.add({ action, nth, fault: { kind: "lost-answer" } });
      } else {
        if (nth > 1) faults.add({ action, times: nth - 1, fault: { kind: "delay", milliseconds: 0 } });
        faults.add({ action, fault: { kind: "throttle" } });
      }
      const isDue = () =>
        log.all.slice(begun).some(({ fault }) => fault === "throttle" || fault === "lost-answer");
      const killed = await shift(1, { killWhen: isDue });
      expect(killed.exitCode).toBeNull();
      faults.clear();

      const again = await shift(2);
      expect(again.errors).toEqual([]);
      expect(again.exitCode).toBe(0);
      expect(world.weights()).toBe("0/999");
      expect(await tags()).toEqual([]);
      expect(world.aws.scheduler.pending.size).toBe(0);
    },
    60_000,
  );
});
