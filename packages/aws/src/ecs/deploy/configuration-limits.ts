import { isFields } from "../task-definition/schema.ts";
import type { JsonFields } from "./request.ts";

/** Ranges of numbers, inclusive (API reference: DeploymentConfiguration and its members). */
const ranges: Readonly<Record<string, readonly [lowest: number, highest: number]>> = {
  bakeTimeInMinutes: [0, 1_440],
  minimumHealthyPercent: [0, 200],
  maximumPercent: [0, Number.POSITIVE_INFINITY],
  "linearConfiguration.stepPercent": [3, 100],
  "linearConfiguration.stepBakeTimeInMinutes": [0, 1_440],
  "canaryConfiguration.canaryPercent": [0.1, 100],
  "canaryConfiguration.canaryBakeTimeInMinutes": [0, 1_440],
  "deploymentCircuitBreaker.thresholdConfiguration.value": [1, Number.POSITIVE_INFINITY],
  "earlySuccessCriteria.healthyPercent": [0, 200],
};

/** Closed sets of words. */
const words: Readonly<Record<string, readonly string[]>> = {
  strategy: ["ROLLING", "BLUE_GREEN", "LINEAR", "CANARY"],
  "deploymentCircuitBreaker.thresholdConfiguration.type": ["BOUNDED_PERCENT", "UNBOUNDED_PERCENT", "COUNT"],
  "earlySuccessCriteria.sourceServiceRevisionCleanup": ["BLOCKING", "DEFERRED"],
};

/** Stages without hooks, and those where a PAUSE hook may not stand. */
const withoutHooks = ["SCALE_UP", "BAKE_TIME", "CLEAN_UP"];
const withoutPauses = [...withoutHooks, "TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"];
const longestPause = 20_160;
const mostHooks = 10;

/** Values outside the documented limits, each with its path; what is left out is fine. */
export function configurationProblems(configuration: JsonFields): string[] {
  const hooks = configuration["lifecycleHooks"];
  return [
    ...Object.entries(ranges).flatMap(([path, [lowest, highest]]) => {
      const value = at(configuration, path);
      if (typeof value !== "number" || (value >= lowest && value <= highest)) return [];
      const limits =
        highest === Number.POSITIVE_INFINITY ? `at least ${lowest}` : `from ${lowest} to ${highest}`;
      return [`deployment-configuration: ${path} is ${value}; it must be ${limits}`];
    }),
    ...Object.entries(words).flatMap(([path, accepted]) => {
      const value = at(configuration, path);
      if (typeof value !== "string" || accepted.includes(value)) return [];
      return [`deployment-configuration: ${path} is "${value}"; accepted: ${accepted.join(", ")}`];
    }),
    ...(Array.isArray(hooks) ? hookProblems(hooks.filter(isFields)) : []),
  ];
}

function hookProblems(hooks: readonly JsonFields[]): string[] {
  const crowded = ["PAUSE", "AWS_LAMBDA"].filter(
    (type) => hooks.filter((hook) => typeOf(hook) === type).length > mostHooks,
  );
  return [
    ...crowded.map(
      (type) => `deployment-configuration: lifecycleHooks has more than ${mostHooks} of ${type}`,
    ),
    ...hooks.flatMap((hook, index) => {
      const place = `deployment-configuration: lifecycleHooks[${index}]`;
      const isPause = typeOf(hook) === "PAUSE";
      const stages = Array.isArray(hook["lifecycleStages"]) ? hook["lifecycleStages"] : [];
      const barred = stages.filter((stage) =>
        (isPause ? withoutPauses : withoutHooks).includes(String(stage)),
      );
      const timeout = at(hook, "timeoutConfiguration.timeoutInMinutes");
      return [
        ...(stages.length === 0 ? [`${place}.lifecycleStages is empty; a hook needs a stage`] : []),
        ...barred.map((stage) => `${place}: a hook of ${typeOf(hook)} cannot stand at ${stage}`),
        ...(isPause && typeof timeout === "number" && timeout > longestPause
          ? [
              `${place}.timeoutConfiguration.timeoutInMinutes is ${timeout}; it must be at most ${longestPause}`,
            ]
          : []),
      ];
    }),
  ];
}

/** A hook is a Lambda function unless it says otherwise (API reference: DeploymentLifecycleHook). */
function typeOf(hook: JsonFields): string {
  return typeof hook["targetType"] === "string" ? hook["targetType"] : "AWS_LAMBDA";
}

function at(fields: JsonFields, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => (isFields(value) ? value[key] : undefined), fields);
}
