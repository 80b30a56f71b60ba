import type { DeployRequest, DeployTarget, SessionOptions } from "#ship/aws";
import { type InputValues, type ReportProblem, type Run, readInputs } from "#ship/kit";
import { checkCodeDeploy, codeDeployInputs } from "./codedeploy.ts";
import { checkDefinition, definitionInputs, readDefinition } from "./definition.ts";
import { checkHealthCheck, healthCheckInputs } from "./health-check.ts";
import { checkRunTask, readRunTask, runTaskInputs } from "./run-task.ts";
import { checkRegistration, readWishes, serviceInputs } from "./service.ts";
import { readSession, sessionInputs } from "./session.ts";
import { checkStrategy, strategyInputs } from "./strategy.ts";
import { readWaiting, waitingInputs } from "./waiting.ts";

const definitions = {
  ...definitionInputs,
  ...runTaskInputs,
  ...serviceInputs,
  ...strategyInputs,
  ...codeDeployInputs,
  ...waitingInputs,
  ...healthCheckInputs,
  ...sessionInputs,
};
type Inputs = InputValues<typeof definitions>;

/** What the inputs ask for. */
export interface DeployInputs {
  readonly session: SessionOptions;
  readonly request: DeployRequest;
}

/** Reads the inputs. @throws ShipError `INPUT_INVALID` with every mistake */
export function readDeployInputs(run: Run): DeployInputs {
  const inputs = readInputs(run.environment, run.redaction, definitions, check);
  return {
    session: readSession(inputs),
    request: {
      ...readDefinition(inputs),
      ...readWaiting(inputs),
      target: targetOf(inputs),
      task: readRunTask(inputs),
      healthCheckUrl: inputs["health-check-url"],
    },
  };
}

function targetOf(inputs: Inputs): DeployTarget {
  const { cluster, strategy, services = [], "listener-rule-arn": listenerRule } = inputs;
  const [first, second] = services;
  const wishes = {
    ...readWishes(inputs),
    strategy: strategy === "rolling" ? strategy : "inherit",
  } as const;
  if (first !== undefined && second !== undefined && listenerRule !== undefined)
    return { kind: "paired", cluster, services: [first, second], listenerRule, ...wishes };
  return inputs.service === undefined
    ? { kind: "none" }
    : { kind: "service", address: { cluster, service: inputs.service }, ...wishes };
}

function check(inputs: Inputs, problem: ReportProblem): void {
  const hasService = inputs.service !== undefined || inputs.strategy === "paired";
  checkDefinition(inputs, problem);
  checkRunTask(inputs, problem);
  checkStrategy(inputs, problem);
  checkCodeDeploy(inputs, problem);
  checkHealthCheck({ ...inputs, hasService }, problem);
  if (!hasService) checkRegistration(inputs, problem);
}
