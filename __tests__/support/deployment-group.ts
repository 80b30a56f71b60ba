import type { JsonObject } from "#ship/simulators";

/**
 * Members of a CodeDeploy deployment group: how long it keeps the original tasks, and how long traffic waits for
 * ContinueDeployment, if it does. Minutes.
 */
export const waits = (termination: number, ready?: number): JsonObject => ({
  blueGreenDeploymentConfiguration: {
    terminateBlueInstancesOnDeploymentSuccess: {
      action: "TERMINATE",
      terminationWaitTimeInMinutes: termination,
    },
    deploymentReadyOption:
      ready === undefined
        ? { actionOnTimeout: "CONTINUE_DEPLOYMENT" }
        : { actionOnTimeout: "STOP_DEPLOYMENT", waitTimeInMinutes: ready },
  },
});

/** An alarm `errors`, which rings when it is told to. */
export const errorsAlarm = {
  AlarmName: "errors",
  Namespace: "Shop",
  MetricName: "Errors",
  Statistic: "Sum",
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 1,
  ComparisonOperator: "GreaterThanThreshold",
  TreatMissingData: "ignore",
} as const;
