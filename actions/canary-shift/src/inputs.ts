import { inexpressible, planSteps } from "#ship/delivery";
import {
  bool,
  command,
  decimal,
  duration,
  type Environment,
  formatDuration,
  type InputValues,
  int,
  list,
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
import { checkAddress, headers } from "./checks.ts";
import { readCloudRunSplit } from "./cloud-run.ts";
import { readNativeService } from "./native.ts";
import { type Places, readPlaces } from "./places.ts";
import {
  grainOf,
  type MetricsSource,
  type Platform,
  problemOfPeriod,
  sourceOf,
  usualLag,
} from "./platform.ts";
import {
  maskPassword,
  type PrometheusQuestions,
  prometheusDefinitions,
  readQuestions,
  refuseQuestions,
} from "./prometheus.ts";
import { readSplit } from "./split.ts";
import { scheduleOrAuto, usualSteps } from "./steps.ts";

const arn = (resource: string) =>
  text(
    new RegExp(`^arn:[\\w-]+:elasticloadbalancing:[\\w-]+:\\d{12}:${resource}/`),
    `an ARN such as arn:aws:elasticloadbalancing:…:${resource}/…`,
  );

const definitions = {
  target: required(oneOf("ecs-alb", "ecs-native", "cloud-run")),
  "listener-rule-arn": optional(list(arn("listener-rule"))),
  "listener-arn": optional(list(arn("listener"))),
  "stable-target-group": optional(arn("targetgroup")),
  "canary-target-group": optional(arn("targetgroup")),
  cluster: required(text()),
  candidate: optional(text()),
  stable: optional(text()),
  service: optional(text(/^[\w-]{1,255}$/, "the name of a service")),
  region: optional(text(/^[a-z]+-[a-z]+\d+$/, "a region such as europe-west1")),
  "project-id": optional(text(/^(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/, "the ID of a project")),
  steps: required(scheduleOrAuto()),
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
  "approval-timeout": required(duration({ min: 1_000 })),
  "health-check-url": optional(text(/^(?:https?:\/\/\S+|\/\S*)$/, "an http or https address, or a path")),
  "health-check-headers": optional(headers()),
  "gate-command": optional(command()),
  "gate-timeout": required(duration({ min: 1_000 })),
  metrics: required(oneOf("auto", "cloudwatch", "cloud-monitoring", "prometheus")),
  ...prometheusDefinitions,
  "metric-period": required(duration({ min: 1_000 })),
  "metric-lag": optional(duration()),
  "max-blind": required(duration({ min: 1_000 })),
  "on-inconclusive": required(oneOf("rollback", "hold")),
  "on-cancel": required(oneOf("rollback", "hold")),
  "on-existing": required(oneOf("fail", "rollback", "adopt")),
  "on-drift": required(oneOf("rollback", "hold")),
  mode: required(oneOf("enforce", "observe")),
  deadman: required(oneOf("auto", "off")),
  "deadman-role": optional(
    text(
      /^(?:arn:[\w-]+:iam::\d{12}:role\/.+|[^@\s]+@[^@\s]+)$/,
      "the ARN of an IAM role, or the email of a service account",
    ),
  ),
  force: required(bool()),
  reconcile: required(bool()),
  approve: required(bool()),
  "job-timeout": required(duration({ min: 60_000 })),
  "aws-region": optional(text(/^[a-z]{2}(?:-[a-z]+)+-\d$/, "a region such as eu-central-1")),
  "role-to-assume": optional(text(/^arn:[\w-]+:iam::\d{12}:role\/.+$/, "the ARN of an IAM role")),
  "workload-identity-provider": optional(
    text(
      /^projects\/\d+\/locations\/global\/workloadIdentityPools\/[^/]+\/providers\/[^/]+$/,
      "the name of a provider: projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>",
    ),
  ),
  "service-account": optional(text(/^[^@\s]+@[^@\s]+$/, "the email of a service account")),
  "dry-run": required(bool()),
};

/** The inputs of canary-shift as they are read. */
export type ShiftValues = InputValues<typeof definitions>;

/** The inputs of canary-shift. */
export interface ShiftInputs extends ShiftValues {
  readonly platform: Platform;
  readonly source: MetricsSource;
  /** What Prometheus is asked, where it is the source. */
  readonly questions: PrometheusQuestions | undefined;
  /** Milliseconds until a bin is complete. */
  readonly lag: number;
}

/** What a step is asked to do. */
export type ShiftRequest =
  | { readonly kind: "shift"; readonly inputs: ShiftInputs }
  | { readonly kind: "reconcile"; readonly values: ShiftValues; readonly places: Places }
  | { readonly kind: "approve"; readonly values: ShiftValues; readonly places: Places };

/** Reads and checks the inputs. @throws ShipError `INPUT_INVALID` */
export function readRequest(run: Run): ShiftRequest {
  let platform: Platform | undefined;
  let places: Places | undefined;
  let questions: PrometheusQuestions | undefined;
  maskPassword(run);
  const values = readInputs(run.environment, run.redaction, definitions, (read, problem) => {
    if (read.reconcile && read.approve) problem("approve", "it and reconcile are two different steps");
    if (read.reconcile || read.approve) {
      places = readPlaces(read, run.environment, problem);
      return;
    }
    platform = readPlatform(read, run.environment, problem);
    const { source } = evidenceOf(read);
    if (source === "prometheus") questions = readQuestions(read, problem);
    else refuseQuestions(read, source, problem);
    checkTarget(read, run.environment, problem);
    checkNumbers(read, problem);
    checkAddress(read, problem);
  });
  if (places) return { kind: values.approve ? "approve" : "reconcile", values, places };
  if (!platform) throw new ShipError("UNEXPECTED", "The inputs were accepted without naming a split.");
  return { kind: "shift", inputs: completed(values, platform, questions) };
}

function readPlatform(
  values: ShiftValues,
  environment: Environment,
  problem: ReportProblem,
): Platform | undefined {
  if (values.target === "cloud-run") {
    const split = readCloudRunSplit(values, environment, problem);
    return split && { kind: "cloud-run", split };
  }
  if (values.target === "ecs-native") {
    const service = readNativeService(values, problem);
    return service && { kind: "ecs-native", service };
  }
  if (values.service !== undefined) problem("service", "it means nothing with target: ecs-alb");
  const split = readSplit(values, problem);
  return split && { kind: "ecs-alb", split };
}

function completed(
  values: ShiftValues,
  platform: Platform,
  questions: PrometheusQuestions | undefined,
): ShiftInputs {
  return { ...values, ...evidenceOf(values), steps: stepsOf(values), platform, questions };
}

/** Where the evidence comes from, and how late. */
function evidenceOf(values: ShiftValues): Pick<ShiftInputs, "source" | "lag"> {
  const usual = values["prometheus-url"] ? "prometheus" : sourceOf(values.target);
  const source = values.metrics === "auto" ? usual : values.metrics;
  return { source, lag: values["metric-lag"] ?? usualLag(source) };
}

/** A platform with a course of its own keeps `auto`: only its configuration says what that is. */
function stepsOf({ steps, target }: ShiftValues): ShiftValues["steps"] {
  return steps === "auto" && target !== "ecs-native" ? usualSteps : steps;
}

/** What this kind of target and its metrics can express, whether or not the rest of it is named rightly. */
function checkTarget(values: ShiftValues, environment: Environment, problem: ReportProblem): void {
  const { source, lag } = evidenceOf(values);
  const { share, who, advice } = grainOf(values.target);
  const steps = stepsOf(values);
  const finer = steps === "auto" ? [] : inexpressible(steps, share);
  if (finer.length > 0) problem("steps", `${who} cannot express ${finer.join(", ")}: ${advice}`);
  if (source !== "prometheus" && source !== sourceOf(values.target))
    problem("metrics", `${source} knows nothing of target: ${values.target}`);
  const badPeriod = problemOfPeriod(source, values["metric-period"], environment);
  if (badPeriod !== undefined) problem("metric-period", badPeriod);
  const soonest = lag + values["metric-period"];
  if (values["max-blind"] <= soonest)
    problem(
      "max-blind",
      `the first metrics arrive ${formatDuration(soonest)} after the first shift (metric-lag and metric-period)`,
    );
}

function checkNumbers(inputs: ShiftValues, problem: ReportProblem): void {
  const maxStep = inputs["max-step"];
  const steps = stepsOf(inputs);
  const isOurs = steps !== "auto" && inputs.target !== "ecs-native";
  for (const step of planSteps(isOurs ? steps : [], {
    ...inputs,
    maxStep,
    approvalTimeout: inputs["approval-timeout"],
  })) {
    if (maxStep !== undefined && maxStep < step.interval)
      problem(
        "max-step",
        `it is shorter than the ${formatDuration(step.interval)} of the step at ${step.share * 100} %`,
      );
  }
  if (inputs.compare && inputs.detect <= inputs.tolerance)
    problem("detect", `it must be above tolerance, ${inputs.tolerance}: what is tolerated is never detected`);
}
