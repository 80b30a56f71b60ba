import type { Clock } from "#ship/kit";
import type { Handler } from "../service.ts";
import { faults, read } from "./faults.ts";
import { parseMetric } from "./metric.ts";
import { isPeriod, periodRule } from "./period.ts";
import type { MetricReader } from "./source.ts";
import { parseStatistic } from "./statistics.ts";

/** GetMetricStatistics: at most 1,440 datapoints, in no order that callers may rely on. */
export function getMetricStatistics(clock: Clock, reader: MetricReader): Handler {
  return (input) => {
    const metric = parseMetric(input);
    const from = read.instant(input, "StartTime");
    const to = read.instant(input, "EndTime");
    const period = read.requiredNumber(input, "Period");
    if (from === undefined || to === undefined || from >= to) {
      throw faults.invalidValue("The parameter StartTime must be less than the parameter EndTime.");
    }
    if (!isPeriod(period)) throw faults.invalidValue(`The parameter Period ${periodRule}; it is ${period}.`);
    const requested = Math.ceil((to - from) / (period * 1000));
    if (requested > 1440) {
      throw faults.invalidCombination(
        `You have requested up to ${requested} datapoints, which exceeds the limit of 1440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
      );
    }
    const statistics = read.texts(input, "Statistics");
    const extended = read.texts(input, "ExtendedStatistics");
    if (statistics.length + extended.length === 0) {
      throw faults.invalidCombination(
        "At least one of the parameters Statistics and ExtendedStatistics must be specified.",
      );
    }
    const computed = (names: readonly string[]) =>
      names.map((name) => ({ name, statistic: parseStatistic(name) }));
    const plain = computed(statistics);
    const special = computed(extended);
    return {
      Label: metric.name,
      Datapoints: reader
        .periods(metric, { from, to, periodSeconds: period, asOf: clock.now() })
        .map(({ at, samples }) => ({
          Timestamp: new Date(at),
          ...Object.fromEntries(plain.map(({ name, statistic }) => [name, statistic(samples)])),
          ...(special.length === 0
            ? {}
            : {
                ExtendedStatistics: Object.fromEntries(
                  special.flatMap(({ name, statistic }) => {
                    const value = statistic(samples);
                    return value === undefined ? [] : [[name, value]];
                  }),
                ),
              }),
          Unit:
            metric.name === "TargetResponseTime"
              ? "Seconds"
              : metric.namespace === "AWS/ApplicationELB"
                ? "Count"
                : "None",
        })),
    };
  };
}
