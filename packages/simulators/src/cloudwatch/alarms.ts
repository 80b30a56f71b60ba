import type { Clock } from "#ship/kit";
import type { Alarms } from "../ports.ts";
import type { Handler, JsonObject } from "../service.ts";
import { type AlarmState, type Datapoint, evaluateAlarm, evaluationRange } from "./alarm-evaluation.ts";
import { type AlarmSettings, breaches, describeSettings, parseAlarm } from "./alarm-settings.ts";
import { faults, read, validationError } from "./faults.ts";
import { runQueries } from "./queries.ts";
import type { MetricReader } from "./source.ts";

interface Alarm {
  readonly arn: string;
  settings: AlarmSettings;
  configuredAt: number;
  state: AlarmState;
  reason: string;
  stateAt: number;
  /** The last tick that was evaluated. */
  evaluatedAt: number;
}

/** Alarms by name, with the calls to make and read them. */
export interface AlarmBoard extends Alarms {
  /** Takes a PutMetricAlarm input. */
  put(input: JsonObject): void;
  /** Puts an alarm in a state until its next evaluation, as SetAlarmState does. Throws ResourceNotFound. */
  setState(alarmName: string, state: AlarmState, reason: string): void;
  readonly handlers: Readonly<Record<string, Handler>>;
}

const states = ["OK", "ALARM", "INSUFFICIENT_DATA"] as const;

/**
 * Creates the alarms of an account. They are evaluated at every period's end (at most every minute, at least every 10 s); asking for a
 * state catches up on all evaluations that fell due, each with the data that were published by then.
 */
export function createAlarms(clock: Clock, reader: MetricReader, arnPrefix: string): AlarmBoard {
  const alarms = new Map<string, Alarm>();

  const evaluate = (alarm: Alarm, tick: number) => {
    const { settings } = alarm;
    const period = settings.periodSeconds * 1000;
    const end = Math.floor(tick / period) * period;
    const length = evaluationRange(settings.evaluationPeriods);
    const returned = settings.queries.find((query) => query.returnData)?.id ?? "";
    const values = runQueries(settings.queries, reader, {
      from: end - length * period,
      to: end,
      asOf: tick,
    }).get(returned);
    const range = Array.from({ length }, (_, index): Datapoint => {
      const value = values?.get(end - (length - index) * period);
      return value === undefined ? "missing" : breaches(settings, value) ? "breaching" : "fine";
    });
    const next = evaluateAlarm(range, settings, alarm.state);
    alarm.evaluatedAt = tick;
    if (next === alarm.state) return;
    alarm.state = next;
    alarm.stateAt = tick;
    alarm.reason =
      next === "INSUFFICIENT_DATA"
        ? `Insufficient Data: ${settings.evaluationPeriods} datapoints were unknown.`
        : `Threshold Crossed: ${range.filter((point) => point === "breaching").length} of the last ${length} datapoints were breaching (threshold ${settings.threshold}, ${settings.comparison}, ${settings.datapointsToAlarm} needed for ALARM).`;
  };
  const catchUp = (alarm: Alarm) => {
    const step = Math.max(10, Math.min(60, alarm.settings.periodSeconds)) * 1000;
    for (let tick = (Math.floor(alarm.evaluatedAt / step) + 1) * step; tick <= clock.now(); tick += step) {
      evaluate(alarm, tick);
    }
  };
  const setState = (alarmName: string, state: AlarmState, reason: string) => {
    const alarm = alarms.get(alarmName);
    if (!alarm) throw faults.alarmNotFound(alarmName);
    catchUp(alarm);
    alarm.state = state;
    alarm.reason = reason;
    alarm.stateAt = clock.now();
  };
  const put = (input: JsonObject) => {
    const settings = parseAlarm(input);
    const now = clock.now();
    const known = alarms.get(settings.name);
    if (known) {
      catchUp(known);
      known.settings = settings;
      known.configuredAt = now;
      return;
    }
    alarms.set(settings.name, {
      arn: `${arnPrefix}${settings.name}`,
      settings,
      configuredAt: now,
      state: "INSUFFICIENT_DATA",
      reason: "Unchecked: Initial alarm creation",
      stateAt: now,
      evaluatedAt: now,
    });
  };
  const describe = (alarm: Alarm): JsonObject => ({
    ...describeSettings(alarm.settings),
    AlarmArn: alarm.arn,
    AlarmConfigurationUpdatedTimestamp: new Date(alarm.configuredAt),
    StateValue: alarm.state,
    StateReason: alarm.reason,
    StateUpdatedTimestamp: new Date(alarm.stateAt),
    StateTransitionedTimestamp: new Date(alarm.stateAt),
  });

  return {
    put,
    setState,
    state(alarmName) {
      const alarm = alarms.get(alarmName);
      if (alarm) catchUp(alarm);
      return alarm?.state;
    },
    handlers: {
      PutMetricAlarm(input) {
        put(input);
        return {};
      },
      SetAlarmState(input) {
        const wanted = read.requiredText(input, "StateValue");
        const state = states.find((known) => known === wanted);
        if (!state)
          throw validationError(
            `The value ${wanted} for parameter StateValue must be one of ${states.join(", ")}.`,
          );
        setState(read.requiredText(input, "AlarmName"), state, read.requiredText(input, "StateReason"));
        return {};
      },
      DescribeAlarms(input) {
        const names = read.texts(input, "AlarmNames");
        const prefix = read.text(input, "AlarmNamePrefix");
        const state = read.text(input, "StateValue");
        for (const alarm of alarms.values()) catchUp(alarm);
        const token = read.text(input, "NextToken");
        const start = token === undefined ? 0 : Number(token);
        if (!Number.isInteger(start)) throw faults.invalidToken(String(token));
        const wanted = [...alarms.values()]
          .filter(
            ({ settings, state: current }) =>
              (names.length === 0 || names.includes(settings.name)) &&
              (prefix === undefined || settings.name.startsWith(prefix)) &&
              (state === undefined || current === state),
          )
          .sort((one, other) => (one.settings.name < other.settings.name ? -1 : 1));
        const end = start + (read.whole(input, "MaxRecords", 1, 100) ?? 50);
        return {
          MetricAlarms: wanted.slice(start, end).map(describe),
          CompositeAlarms: [],
          ...(end < wanted.length ? { NextToken: String(end) } : {}),
        };
      },
      DeleteAlarms(input) {
        const names = read.texts(input, "AlarmNames");
        for (const name of names) if (!alarms.has(name)) throw faults.alarmNotFound(name);
        for (const name of names) alarms.delete(name);
        return {};
      },
    },
  };
}
