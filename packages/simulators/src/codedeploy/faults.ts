import { memberReader } from "../members.ts";
import { ServiceFault } from "../service.ts";

const fault = (code: string) => (message: string) => new ServiceFault(code, message);

/** Faults in the codes and, as far as they are known, the words of AWS CodeDeploy. */
export const faults = {
  invalid: fault("ValidationException"),
  applicationNameRequired: () =>
    fault("ApplicationNameRequiredException")("The application name was not specified."),
  applicationExists: (name: string) =>
    fault("ApplicationAlreadyExistsException")(`Application with name ${name} already exists.`),
  noApplication: (name: string) =>
    fault("ApplicationDoesNotExistException")(`No application found for name: ${name}`),
  invalidPlatform: (platform: string) =>
    fault("InvalidComputePlatformException")(
      `The compute platform ${platform} is not simulated: only ECS is.`,
    ),
  groupNameRequired: () =>
    fault("DeploymentGroupNameRequiredException")("The deployment group name was not specified."),
  groupExists: (name: string) =>
    fault("DeploymentGroupAlreadyExistsException")(`Deployment group name already exists: ${name}`),
  noGroup: (name: string) =>
    fault("DeploymentGroupDoesNotExistException")(`No Deployment Group found for name: ${name}`),
  invalidApplicationName: (name: string) =>
    fault("InvalidApplicationNameException")(`The application name ${name} is longer than 100 characters.`),
  invalidGroupName: (name: string) =>
    fault("InvalidDeploymentGroupNameException")(
      `The deployment group name ${name} is longer than 100 characters.`,
    ),
  invalidDeploymentId: (id: string) =>
    fault("InvalidDeploymentIdException")(`The deployment ID ${id} has an invalid format.`),
  invalidRollback: fault("InvalidAutoRollbackConfigException"),
  invalidAlarms: fault("InvalidAlarmConfigException"),
  invalidRange: () => fault("InvalidTimeRangeException")("The time range ends before it starts."),
  configurationNameRequired: () =>
    fault("DeploymentConfigNameRequiredException")("The deployment configuration name was not specified."),
  invalidService: fault("InvalidECSServiceException"),
  invalidPair: fault("InvalidTargetGroupPairException"),
  invalidStyle: fault("InvalidDeploymentStyleException"),
  invalidBlueGreen: fault("InvalidBlueGreenDeploymentConfigurationException"),
  noConfiguration: (name: string) =>
    fault("DeploymentConfigDoesNotExistException")(`No Deployment Configuration found for name: ${name}`),
  revisionRequired: () => fault("RevisionRequiredException")("The revision ID was not specified."),
  invalidRevision: fault("InvalidRevisionException"),
  descriptionTooLong: () => fault("DescriptionTooLongException")("The description is too long."),
  active: (group: string, deployment: string) =>
    fault("DeploymentLimitExceededException")(
      `The Deployment Group '${group}' already has an active Deployment '${deployment}'`,
    ),
  deploymentIdRequired: () =>
    fault("DeploymentIdRequiredException")("At least one deployment ID must be specified."),
  noDeployment: (id: string) =>
    fault("DeploymentDoesNotExistException")(`The deployment ${id} could not be found`),
  completed: (id: string) =>
    fault("DeploymentAlreadyCompletedException")(
      `The deployment ${id} is already completed and cannot be changed`,
    ),
  notReady: (id: string) =>
    fault("DeploymentIsNotInReadyStateException")(`The deployment ${id} is not in the Ready state`),
  invalidWaitType: (type: string) =>
    fault("InvalidDeploymentWaitTypeException")(
      `The wait type ${type} does not apply to this deployment now`,
    ),
  notStarted: (id: string) => fault("DeploymentNotStartedException")(`The deployment ${id} has not started`),
  targetIdRequired: () =>
    fault("DeploymentTargetIdRequiredException")("A deployment target ID was not provided."),
  noTarget: (id: string) =>
    fault("DeploymentTargetDoesNotExistException")(`The deployment target ${id} does not exist`),
  invalidStatus: (status: string) =>
    fault("InvalidDeploymentStatusException")(`The deployment status ${status} does not exist`),
  invalidToken: () =>
    fault("InvalidNextTokenException")("The next token was specified in an invalid format."),
  tooMany: (given: number, most: number) =>
    fault("BatchLimitExceededException")(`${given} deployments were named; at most ${most} can be.`),
  hookStatus: (status: string) =>
    fault("InvalidLifecycleEventHookExecutionStatusException")(
      `The status ${status} is not valid: use Succeeded or Failed.`,
    ),
  hookId: (id: string) =>
    fault("InvalidLifecycleEventHookExecutionIdException")(`No hook execution with id ${id} is waited for`),
};

/** Reads members of decoded CodeDeploy inputs. */
export const read = memberReader(faults.invalid);
