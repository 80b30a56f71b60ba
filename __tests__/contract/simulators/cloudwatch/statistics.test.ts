import { describe, expect, it } from "@jest/globals";
import { samplesOf } from "../../../../packages/simulators/src/cloudwatch/samples.ts";
import { parseStatistic } from "../../../../packages/simulators/src/cloudwatch/statistics.ts";

/** Values like response times: skewed, with ties, from a fixed linear congruential generator. */
function responseTimes(count: number): readonly number[] {
  let seed = 42;
  return Array.from({ length: count }, () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.round(-Math.log(1 - seed / 2_147_483_648) * 1000) / 10_000;
  });
}

describe("CloudWatch statistics", () => {
  const values = responseTimes(997);
  const sorted = values.toSorted((one, other) => one - other);
  const samples = samplesOf(values.map((value) => [value, 1]));
  const statistic = (name: string, of = samples) => of && parseStatistic(name)(of);
  const mean = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;

  it("agree with the plain definitions of count, sum, mean and extremes", () => {
    expect(statistic("SampleCount")).toBe(997);
    expect(statistic("Sum")).toBeCloseTo(mean(values) * 997, 9);
    expect(statistic("Average")).toBeCloseTo(mean(values), 12);
    expect([statistic("Minimum"), statistic("Maximum")]).toEqual([sorted[0], sorted.at(-1)]);
  });

  it.each([0.5, 10, 50, 90, 95, 99, 99.9, 100])(
    "give as p%d the smallest value that so many do not exceed",
    (percent) => {
      const expected = sorted.find(
        (value) => values.filter((each) => each <= value).length >= (percent / 100) * 997,
      );
      expect(statistic(`p${percent}`)).toBe(expected);
    },
  );

  it.each<[string, number, number]>([
    ["0.1:0.3", 0.1, 0.3],
    [":0.25", Number.NEGATIVE_INFINITY, 0.25],
    ["0.25:", 0.25, Number.POSITIVE_INFINITY],
    ["0.05:0.05", 0.05, 0.05],
  ])("count and rank (%s] with the lower bound out and the upper bound in", (bounds, low, high) => {
    const inside = values.filter((value) => value > low && value <= high);

    expect(statistic(`TC(${bounds})`)).toBe(inside.length);
    expect(statistic(`PR(${bounds})`)).toBeCloseTo((inside.length / 997) * 100, 9);
    expect(statistic(`TS(${bounds})`)).toBeCloseTo(inside.length === 0 ? 0 : mean(inside) * inside.length, 9);
    if (inside.length > 0) expect(statistic(`TM(${bounds})`)).toBeCloseTo(mean(inside), 9);
    else expect(statistic(`TM(${bounds})`)).toBeUndefined();
  });

  it("put a value equal to an edge into the range below it, so that neighbouring ranges add up to all", () => {
    const edge = sorted[400];
    const below = statistic(`TC(:${edge})`) ?? 0;

    expect(below).toBe(values.filter((value) => value <= (edge ?? 0)).length);
    expect(below + (statistic(`TC(${edge}:)`) ?? 0)).toBe(997);
  });

  it("trim and winsorize by percentiles of the data", () => {
    const at = (percent: number) => sorted[Math.ceil((percent / 100) * 997) - 1] ?? 0;
    const middle = values.filter((value) => value > at(10) && value <= at(90));

    expect(statistic("TM(10%:90%)")).toBeCloseTo(mean(middle), 12);
    expect(statistic("tm90")).toBeCloseTo(mean(values.filter((value) => value <= at(90))), 12);
    expect(statistic("WM(10%:90%)")).toBeCloseTo(
      mean(values.map((value) => Math.min(Math.max(value, at(10)), at(90)))),
      12,
    );
    expect(statistic("IQM")).toBe(statistic("TM(25%:75%)"));
  });

  it("know no percentile of a statistic set, unless all its values were equal", () => {
    const set = { count: 10, sum: 20, minimum: 1, maximum: 3, values: undefined };

    expect(statistic("p50", set)).toBeUndefined();
    expect(statistic("Average", set)).toBe(2);
    expect(statistic("p50", { ...set, minimum: 2, maximum: 2 })).toBe(2);
  });

  it.each(["p101", "sum", "TC(:)", "PR(10%:)", "TM(a:b)", "p", "TC(1)", "TM(5%:101%)"])(
    "refuse %s",
    (name) => {
      expect(() => parseStatistic(name)).toThrow(`The value ${name} for parameter Stat is not supported`);
    },
  );
});
