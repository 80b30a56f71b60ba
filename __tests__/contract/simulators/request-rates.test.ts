import { expect, it } from "@jest/globals";
import { manualClock } from "#ship/kit";
import { createRequestRates, ecsRequestRates } from "#ship/simulators";

const register = (rates: ReturnType<typeof createRequestRates>, calls: number) =>
  Array.from({ length: calls }, () => rates.take("ecs", "RegisterTaskDefinition")).filter(Boolean).length;

it("lets a burst of registrations pass and then one a second", async () => {
  const clock = manualClock();
  const rates = createRequestRates(ecsRequestRates, clock);
  expect(register(rates, 50)).toBe(20);
  await clock.advance(3_000);
  expect(register(rates, 50)).toBe(3);
  await clock.advance(3_600_000);
  expect(register(rates, 50)).toBe(20);
});

it("counts kinds of actions apart, and other services not at all", () => {
  const rates = createRequestRates(ecsRequestRates, manualClock());
  expect(register(rates, 50)).toBe(20);
  expect(rates.take("ecs", "UpdateService")).toBe(true);
  expect(rates.take("ecs", "DescribeTaskDefinition")).toBe(true);
  for (let call = 0; call < 500; call += 1) expect(rates.take("elbv2", "DescribeRules")).toBe(true);
});

it("counts a kind of action together", () => {
  const rates = createRequestRates(ecsRequestRates, manualClock());
  for (let call = 0; call < 100; call += 1)
    expect(rates.take("ecs", call % 2 ? "DescribeServices" : "ListServiceDeployments")).toBe(true);
  expect(rates.take("ecs", "DescribeServiceDeployments")).toBe(false);
});
