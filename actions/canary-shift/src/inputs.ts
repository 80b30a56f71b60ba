import { type AlbSplit, albGrain, isMetricPeriod } from "#ship/aws";
import { inexpressible, planSteps, schedule } from "#ship/delivery";
import {
  bool,
  decimal,
  duration,
  formatDuration,
  type InputValues,
  int,
  oneOf,
  optional,
  percent,
  type ReportProblem,
  type Run,
  readInputs,
  required,
  ShipError,
  text,
} from "#ship/kit";
import { readSplit } from "./split.ts";

const arn = (resource: string) =>
  text(
    new RegExp(`^arn:[\\w-]+:elasticloadbalancing:[\\w-]+:\\d{12}:${resource}/`),
    `an ARN such as arn:aws:elasticloadbalancing:…:${resource}/…`,
  );

const definitions = {
  target: required(oneOf("ecs-alb")),
  "listener-rule-arn": optional(arn("listener-rule")),
  "listener-arn": optional(arn("listener")),
  "stable-target-group": optional(arn("targetgroup")),
  "canary-target-group": optional(arn("targetgroup")),
  cluster: required(text()),
  candidate: optional(text()),
  stable: optional(text()),
  steps: required(schedule()),
  interval: required(duration({ min: 1_000 })),
  "max-step": optional(duration({ min: 1_000 })),
  warmup: required(duration()),
  bake: required(duration({ min: 1_000 })),
  "max-error-rate": optional(percent({ min: 0.0001, max: 0.9 })),
  "max-p95": optional(duration({ min: 1 })),
  "max-p99": optional(duration({ min: 1 })),
  compare: required(bool()),
  tolerance: required(decimal({ min: 1, max: 10 })),
  alpha: required(decimal({ min: 0.000_001, max: 0.5 })),
  dispersion: required(decimal({ min: 1, max: 10_000 })),
  "min-requests": required(int({ min: 1 })),
  detect: required(decimal({ min: 1, max: 1_000 })),
  metrics: required(oneOf("auto", "cloudwatch")),
  "metric-period": required(duration({ min: 1_000 })),
  "metric-lag": required(duration()),
  "max-blind": required(duration({ min: 1_000 })),
  "on-inconclusive": required(oneOf("rollback", "hold")),
  "on-cancel": required(oneOf("rollback", "hold")),
  mode: required(oneOf("enforce", "observe")),
  "aws-region": optional(text(/^[a-z]{2}(?:-[a-z]+)+-\d$/, "a region such as eu-central-1")),
  "role-to-assume": optional(text(/^arn:[\w-]+:iam::\d{12}:role\/.+$/, "the ARN of an IAM role")),
  "dry-run": required(bool()),
};

/** The inputs of canary-shift as they are read. */
export type ShiftValues = InputValues<typeof definitions>;

/** The inputs of canary-shift. */
export interface ShiftInputs extends ShiftValues {
  /** Where and between what the traffic is split. */
  readonly split: AlbSplit;
}

/** Reads and checks the inputs. @throws ShipError `INPUT_INVALID` */
export function readShiftInputs(run: Run): ShiftInputs {
  let split: AlbSplit | undefined;
  const values = readInputs(run.environment, run.redaction, definitions, (read, problem) => {
    split = readSplit(read, problem);
    checkNumbers(read, problem);
  });
  if (!split) throw new ShipError("UNEXPECTED", "The inputs were accepted without naming a split.");
  return { ...values, split };
}

function checkNumbers(inputs: ShiftValues, problem: ReportProblem): void {
  const finer = inexpressible(inputs.steps, albGrain);
  if (finer.length > 0)
    problem("steps", `the weights of a load balancer cannot express ${finer.join(", ")}: use steps of 0.1`);
  const maxStep = inputs["max-step"];
  for (const step of planSteps(inputs.steps, { ...inputs, maxStep })) {
    if (maxStep !== undefined && maxStep < step.interval)
      problem(
        "max-step",
        `it is shorter than the ${formatDuration(step.interval)} of the step at ${step.share * 100} %`,
      );
  }
  if (!isMetricPeriod(inputs["metric-period"]))
    problem("metric-period", "CloudWatch takes 1s, 5s, 10s, 20s, 30s and whole minutes");
  if (inputs.compare && inputs.detect <= inputs.tolerance)
    problem("detect", `it must be above tolerance, ${inputs.tolerance}: what is tolerated is never detected`);
  const soonest = inputs["metric-lag"] + inputs["metric-period"];
  if (inputs["max-blind"] <= soonest)
    problem(
      "max-blind",
      `the first metrics arrive ${formatDuration(soonest)} after the first shift (metric-lag and metric-period)`,
    );
}
