import { afterAll, beforeAll } from "@jest/globals";
import type { JsonObject } from "#ship/simulators";
import { waits } from "../support/deployment-group.ts";
import { eventually } from "../support/eventually.ts";
import { container, type DeployWorld, definition, type Inputs, openDeployWorld } from "./deploy-world.ts";
import type { StepOptions, StepResult } from "./runner-step.ts";

/** An account whose services are deployed by CodeDeploy, so many that a test can have its own. */
export interface CodeDeployAccount {
  readonly world: DeployWorld;
  /**
   * Creates a service that runs `<name>:1` behind its own listener, with application and group of the usual names.
   * Lambda functions of the name `passes` succeed as hooks; all others fail.
   * @param members further members of CreateDeploymentGroup
   */
  service(name: string, members?: JsonObject): Promise<CodeDeployService>;
}

/** One service of the account, and a workflow that deploys the image `<name>:2` to it. */
export interface CodeDeployService {
  readonly name: string;
  readonly names: { readonly applicationName: string; readonly deploymentGroupName: string };
  deploy(inputs?: Inputs, more?: Partial<StepOptions>): Promise<StepResult>;
  /** Writes the AppSpec of this service; answers the input that names it. */
  appSpec(hooks?: JsonObject): Inputs;
  /** Begins a deployment that no step asked for, of a new revision with the image `<name>:<tag>`; answers its id. */
  begin(tag: string): Promise<string>;
  /** Does something to its newest deployment that no step asked for. */
  act(action: "StopDeployment" | "ContinueDeployment", more?: JsonObject): Promise<void>;
  deployments(): Promise<readonly JsonObject[]>;
  /** Inputs of CreateDeployment from steps, oldest first. */
  created(): readonly JsonObject[];
  /** `name:revision STATUS`, PRIMARY first. */
  taskSets(): Promise<readonly string[]>;
  /** As DescribeServices answers it, tags included. */
  state(): Promise<JsonObject>;
  /** The PRIMARY task set is this revision's, and nothing else is left. */
  rests(revision: number): Promise<void>;
}

const release = (name: string, tag: string) =>
  definition(name, container("api", `${name}:${tag}`, { portMappings: [{ containerPort: 3000 }] }));
/** Target groups have short names. */
const targetGroup = (service: string, side: string) => `${service.slice(0, 20)}-${side}`;
const lastPart = (arn: unknown) => String(arn).split("/").at(-1);

/** Opens the account once for all tests of a file. */
export function codeDeployAccount(): CodeDeployAccount {
  let world: DeployWorld;
  let listeners = 8000;
  const groups = new Map<string, string>();
  beforeAll(async () => {
    world = await openDeployWorld({
      services: [{ name: "plain", "desired-count": 1 }],
      simulator: {
        ecs: { speed: 200 },
        elbv2: { second: 5 },
        codedeploy: { invokeHook: async (name) => (name === "passes" ? "Succeeded" : "Failed") },
      },
    });
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });
  const codeDeploy = (action: string, input: JsonObject) => world.aws.call("codedeploy", action, input);
  const namesOf = (name: string) => ({
    applicationName: `AppECS-default-${name}`,
    deploymentGroupName: `DgpECS-default-${name}`,
  });
  const balance = async (name: string) => {
    const { aws } = world;
    const [blue] = ["blue", "green"].map((side) =>
      aws.elbv2.createTargetGroup({ name: targetGroup(name, side), port: 3000 }),
    );
    const balancer = aws.elbv2.createLoadBalancer({ name: name.slice(0, 30) });
    listeners += 1;
    const targetGroupArn = blue?.arn ?? "";
    const { arn } = await aws.elbv2.createListener({
      loadBalancerArn: balancer.arn,
      port: listeners,
      defaultActions: [
        { type: "forward", targetGroups: [{ targetGroupArn, weight: 1 }], stickiness: { enabled: false } },
      ],
    });
    groups.set(name, arn);
    return { targetGroupArn, containerName: "api", containerPort: 3000 };
  };
  const group = async (name: string, members: JsonObject = {}) => {
    const { applicationName } = namesOf(name);
    await codeDeploy("CreateApplication", { applicationName, computePlatform: "ECS" });
    await codeDeploy("CreateDeploymentGroup", {
      ...namesOf(name),
      serviceRoleArn: "arn:aws:iam::123456789012:role/codedeploy",
      deploymentStyle: { deploymentType: "BLUE_GREEN", deploymentOption: "WITH_TRAFFIC_CONTROL" },
      ...waits(1),
      ecsServices: [{ clusterName: "default", serviceName: name }],
      loadBalancerInfo: {
        targetGroupPairInfoList: [
          {
            targetGroups: ["blue", "green"].map((side) => ({ name: targetGroup(name, side) })),
            prodTrafficRoute: { listenerArns: [groups.get(name)] },
          },
        ],
      },
      ...members,
    });
  };
  const handle = (name: string): CodeDeployService => {
    const names = namesOf(name);
    const deployments = async () => {
      const { deployments: ids } = await codeDeploy("ListDeployments", names);
      const found = (ids as string[]).map((deploymentId) => codeDeploy("GetDeployment", { deploymentId }));
      return (await Promise.all(found)).map(({ deploymentInfo }) => deploymentInfo as JsonObject);
    };
    const taskSets = async () => {
      const sets = (await world.service(name))["taskSets"] as JsonObject[];
      return sets.map((set) => `${lastPart(set["taskDefinition"])} ${set["status"]}`);
    };
    return {
      name,
      names,
      deployments,
      taskSets,
      deploy: (inputs = {}, more = {}) =>
        world.deploy(
          { "task-definition": `${name}.json`, image: `${name}:2`, service: name, ...inputs },
          more,
        ),
      appSpec(hooks) {
        const content = specOf("<TASK_DEFINITION>", hooks);
        world.write(`${name}.appspec.json`, content);
        return { "codedeploy-appspec": `${name}.appspec.json` };
      },
      async begin(tag) {
        const { taskDefinition } = await world.ecs("RegisterTaskDefinition", release(name, tag));
        const arn = String((taskDefinition as JsonObject)["taskDefinitionArn"]);
        const appSpecContent = { content: JSON.stringify(specOf(arn)) };
        const revision = { revisionType: "AppSpecContent", appSpecContent };
        const { deploymentId } = await codeDeploy("CreateDeployment", { ...names, revision });
        return String(deploymentId);
      },
      async act(action, more = {}) {
        const [newest] = await deployments();
        await codeDeploy(action, { deploymentId: newest?.["deploymentId"], ...more });
      },
      created: () =>
        world.sent("CreateDeployment").filter((input) => input["applicationName"] === names.applicationName),
      state: () => world.service(name),
      rests: async (revision) => {
        const wanted = `${name}:${revision} PRIMARY`;
        await eventually(wanted, async () => (await taskSets()).join() === wanted);
      },
    };
  };
  return {
    get world() {
      return world;
    },
    async service(name, members) {
      const { aws } = world;
      world.write(`${name}.json`, release(name, "1"));
      await world.ecs("RegisterTaskDefinition", release(name, "1"));
      await world.ecs("CreateService", {
        serviceName: name,
        taskDefinition: name,
        desiredCount: 2,
        launchType: "FARGATE",
        deploymentController: { type: "CODE_DEPLOY" },
        networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-0123456789abcdef0"] } },
        loadBalancers: [await balance(name)],
      });
      if (namesOf(name).applicationName.length <= 100) await group(name, members);
      await eventually(`the tasks of ${name} in ${aws.region}`, () => world.settled(name).then(() => true));
      return handle(name);
    },
  };
}

/** An AppSpec in the words of its documentation. */
function specOf(TaskDefinition: string, hooks?: JsonObject): JsonObject {
  const LoadBalancerInfo = { ContainerName: "api", ContainerPort: 3000 };
  const Properties = { TaskDefinition, LoadBalancerInfo };
  return {
    version: 0,
    Resources: [{ TargetService: { Type: "AWS::ECS::Service", Properties } }],
    ...(hooks && { Hooks: [hooks] }),
  };
}
