import type { DeployRequest, DeployTarget, SessionOptions } from "#ship/aws";
import { type InputValues, type ReportProblem, type Run, readInputs } from "#ship/kit";
import { checkAddress, clusterOf } from "./address.ts";
import { checkCodeDeploy, codeDeployInputs, givenToCodeDeploy, readCodeDeploy } from "./codedeploy.ts";
import { combine } from "./combine.ts";
import { checkDefinition, definitionInputs, readDefinition, unusedOfDefinition } from "./definition.ts";
import { checkHealthCheck, healthCheckInputs, readHealthCheck } from "./health-check.ts";
import { checkRunTask, isTaskAsked, readRunTask, runTaskInputs, unusedOfTask } from "./run-task.ts";
import {
  askedMembers,
  checkRegistration,
  checkService,
  serviceInputs,
  unusedWithoutService,
} from "./service.ts";
import { readSession, sessionInputs } from "./session.ts";
import { askedConfiguration, checkStrategy, strategyInputs } from "./strategy.ts";
import { checkWaiting, readWaiting, waitingInputs, waitsForNothing } from "./waiting.ts";

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
  /** What is given and has no effect, in sentences. */
  readonly unused: readonly string[];
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
      codeDeploy: readCodeDeploy(inputs),
      task: readRunTask({ ...inputs, cluster: clusterOf(inputs) }),
      healthCheck: readHealthCheck(inputs),
    },
    unused: [...unusedOfDefinition(inputs), ...unusedOfTask(inputs), ...unusedOfService(inputs)],
  };
}

function unusedOfService(inputs: Inputs): string[] {
  if (inputs.service !== undefined || inputs.strategy === "paired") return [];
  const names = [
    ...unusedWithoutService({ ...inputs, runsTask: isTaskAsked(inputs) }),
    ...givenToCodeDeploy(inputs),
  ];
  return names.map((name) => `\`${name}\` has no effect, because \`service\` is empty.`);
}

function targetOf(inputs: Inputs): DeployTarget {
  const { services = [], "listener-rule-arn": listenerRule } = inputs;
  const cluster = clusterOf(inputs);
  const [first, second] = services;
  const {
    desiredCount,
    forceNewDeployment,
    deploymentConfiguration: _,
    ...members
  } = combine(askedMembers(inputs), () => {});
  const wishes = {
    desired: typeof desiredCount === "number" ? desiredCount : undefined,
    force: inputs["force-new-deployment"] || forceNewDeployment === true,
    configuration: combine(askedConfiguration(inputs), () => {}),
    members,
  };
  if (first !== undefined && second !== undefined && listenerRule !== undefined)
    return { kind: "paired", cluster, services: [first, second], listenerRule, ...wishes };
  return inputs.service === undefined
    ? { kind: "none" }
    : {
        kind: "service",
        address: { cluster, service: inputs.service },
        createFrom: inputs["create-if-missing"],
        ...wishes,
      };
}

function check(inputs: Inputs, problem: ReportProblem): void {
  const hasService = inputs.service !== undefined || inputs.strategy === "paired";
  checkDefinition(inputs, problem);
  checkAddress(inputs, problem);
  checkRunTask(inputs, problem);
  checkService(inputs, problem);
  checkStrategy(inputs, problem);
  checkCodeDeploy(inputs, problem);
  checkWaiting(inputs, problem);
  checkHealthCheck({ ...inputs, hasService, isWaitedFor: !waitsForNothing(inputs) }, problem);
  combine(askedMembers(inputs), problem);
  combine(askedConfiguration(inputs), problem);
  if (!hasService) checkRegistration(inputs, problem);
  else if (inputs.strategy === "paired" && inputs["create-if-missing"] !== undefined)
    problem("create-if-missing", "both services of `strategy: paired` must exist already");
}
