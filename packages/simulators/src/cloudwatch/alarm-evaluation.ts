import type { MissingPolicy } from "./alarm-settings.ts";

export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";

/** What the newest periods of an alarm's metric were, oldest first. */
export type Datapoint = "breaching" | "fine" | "missing";

/** How many periods CloudWatch looks back: a few more than it evaluates, to pass over missing ones. */
export function evaluationRange(evaluationPeriods: number): number {
  return evaluationPeriods + 2;
}

/**
 * The state after looking at the evaluation range. Missing points are passed over while enough real ones are there; else as many as are
 * missing are filled by policy. With `missing` and `ignore`, nothing but breaching points is alarm at once for the former and no
 * change for the latter
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html#alarms-and-missing-data).
 */
export function evaluateAlarm(
  range: readonly Datapoint[],
  rule: {
    readonly evaluationPeriods: number;
    readonly datapointsToAlarm: number;
    readonly missing: MissingPolicy;
  },
  current: AlarmState,
): AlarmState {
  const real = range.filter((point) => point !== "missing").slice(-rule.evaluationPeriods);
  const breaching = real.filter((point) => point === "breaching").length;
  const toFill = rule.evaluationPeriods - real.length;
  if (breaching >= rule.datapointsToAlarm) return "ALARM";
  if (toFill === 0) return "OK";
  const onlyBreaching = breaching === real.length;
  switch (rule.missing) {
    case "breaching":
      return breaching + toFill >= rule.datapointsToAlarm ? "ALARM" : "OK";
    case "notBreaching":
      return "OK";
    case "ignore":
      return onlyBreaching ? current : "OK";
    case "missing":
      if (real.length === 0) return "INSUFFICIENT_DATA";
      return onlyBreaching ? "ALARM" : "OK";
  }
}
