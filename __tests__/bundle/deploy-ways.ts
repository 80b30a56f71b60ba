import { codeDeployLayout, createGroup, writeAppSpec } from "./codedeploy-layout.ts";
import {
  container,
  type DeployLayout,
  type DeployWorld,
  definition,
  type Inputs,
  serviceOf,
} from "./deploy-world.ts";

/** One way that the action takes: what it is asked for, in which world, and all that it changes there. */
export interface Way {
  readonly name: string;
  readonly layout: DeployLayout;
  /** Makes the world one in which the action takes this way. */
  prepare?(world: DeployWorld): Promise<void> | void;
  /** Actions that are refused for as long as the world stands. */
  readonly denied?: readonly string[];
  inputs?(world: DeployWorld): Promise<Inputs> | Inputs;
  /** Cancelled once this call has been answered. */
  readonly cancelledAt?: string;
  /** Every call that changes something, in order, when nothing else is in the way. */
  readonly calls: readonly string[];
  /** Those of them that another way puts to the test, the first time they are made. */
  readonly proven: readonly string[];
  /** The service that is looked at; `shop` unless told. */
  readonly service?: string;
  /** How it ends: the possible results, and the image that serves. */
  readonly end: { readonly results: readonly string[]; readonly serves: string };
  /** What may serve after a run that was cut short; `nothing` where nothing did. */
  readonly cut: string | readonly string[];
  /** What the next run deploys: the same again unless told. */
  readonly next?: Inputs;
}

const failing = ({ runtime }: DeployWorld) => runtime.script("shop:2", { does: "pull-failure" });
const mended = { image: "shop:3" };
const plain: DeployLayout = { services: [{ name: "shop", "desired-count": 1 }] };
/** Its release is given five minutes to become healthy, so that what is under way can be cancelled. */
const patient: DeployLayout = {
  ...plain,
  definition: definition(
    "shop",
    container("api", "shop:1", {
      healthCheck: { command: ["CMD", "check"], startPeriod: 300, interval: 30, retries: 10 },
    }),
  ),
};
const marked = ["RegisterTaskDefinition", "TagResource"];
const cancelled = ["cancelled", "rolled-back"];

const services: readonly Way[] = [
  {
    name: "a release",
    layout: plain,
    // An unused revision, newer than the one that serves, for the clean-up.
    prepare: (world) => register(world, "shop:0"),
    inputs: () => ({ "keep-revisions": "1" }),
    calls: [...marked, "UpdateService", "DeregisterTaskDefinition", "UntagResource"],
    proven: [],
    end: { results: ["deployed"], serves: "shop:2" },
    cut: "shop:1",
  },
  {
    name: "a restart by force",
    layout: plain,
    inputs: () => ({ image: "shop:1", "force-new-deployment": "true", "environment-variables": "" }),
    calls: ["TagResource", "UpdateService", "UntagResource"],
    proven: ["TagResource", "UntagResource"],
    end: { results: ["deployed"], serves: "shop:1" },
    cut: "shop:1",
  },
  {
    name: "a service that is missing",
    layout: plain,
    async prepare(world) {
      const { networkConfiguration } = await world.service();
      world.write("service.json", { desiredCount: 1, launchType: "FARGATE", networkConfiguration });
    },
    inputs: () => ({ service: "fresh", "create-if-missing": "service.json" }),
    calls: ["RegisterTaskDefinition", "CreateService", "TagResource", "UntagResource"],
    proven: ["RegisterTaskDefinition"],
    service: "fresh",
    end: { results: ["deployed"], serves: "shop:2" },
    // Nothing served before that it could go back to, and a cancelled call may not have got through.
    cut: ["shop:2", "nothing"],
  },
  {
    name: "a release that fails",
    layout: plain,
    prepare: failing,
    calls: [...marked, "UpdateService", "StopServiceDeployment", "UntagResource"],
    proven: [...marked, "UpdateService"],
    end: { results: ["rolled-back"], serves: "shop:1" },
    cut: "shop:1",
    next: mended,
  },
  {
    name: "a release that fails where deployments cannot be stopped",
    layout: plain,
    prepare: failing,
    denied: ["StopServiceDeployment"],
    calls: [...marked, "UpdateService", "StopServiceDeployment", "UpdateService", "UntagResource"],
    proven: [...marked, "UpdateService", "StopServiceDeployment", "UntagResource"],
    end: { results: ["rolled-back"], serves: "shop:1" },
    cut: "shop:1",
    next: mended,
  },
  {
    name: "a cancelled release",
    layout: patient,
    prepare: ({ runtime }) => runtime.script("shop:2", { does: "unhealthy" }),
    cancelledAt: "DescribeServiceDeployments",
    calls: [...marked, "UpdateService", "StopServiceDeployment", "UntagResource"],
    proven: [...marked, "UpdateService"],
    end: { results: cancelled, serves: "shop:1" },
    cut: "shop:1",
    next: mended,
  },
  {
    name: "a candidate that fails beside the stable service",
    layout: { services: [serviceOf("shop-blue", "blue", 1), serviceOf("shop-green", "green", 0)] },
    prepare: failing,
    inputs: async (world) => ({
      service: "",
      strategy: "paired",
      services: "shop-blue, shop-green",
      "listener-rule-arn": await world.rule(),
    }),
    calls: [...marked, "UpdateService", "UpdateService", "UntagResource"],
    proven: [...marked, "UntagResource"],
    service: "shop-green",
    end: { results: ["rolled-back"], serves: "nothing" },
    cut: "nothing",
    next: mended,
  },
];

const aTask = {
  "task-definition": "job.json",
  "container-name": "job",
  image: "",
  service: "",
  "run-task": "true",
};
const oneOff = {
  layout: plain,
  calls: ["RegisterTaskDefinition", "RunTask", "StopTask"],
  proven: ["RegisterTaskDefinition", "RunTask"],
  cut: "shop:1",
} as const;

const tasks: readonly Way[] = [
  {
    ...oneOff,
    name: "a one-off task",
    prepare: (world) => job(world, 200),
    inputs: () => ({ ...aTask, "run-task-subnets": "subnet-1" }),
    calls: ["RegisterTaskDefinition", "RunTask"],
    proven: ["RegisterTaskDefinition"],
    end: { results: ["task-succeeded"], serves: "shop:1" },
  },
  {
    ...oneOff,
    name: "a one-off task that takes too long",
    prepare: (world) => job(world, 20_000),
    inputs: () => ({ ...aTask, "run-task-subnets": "subnet-1", "task-stop-max-wait-time": "1" }),
    end: { results: ["failed"], serves: "shop:1" },
  },
  {
    ...oneOff,
    name: "a cancelled one-off task",
    prepare: (world) => job(world, 20_000),
    inputs: () => ({ ...aTask, "run-task-subnets": "subnet-1" }),
    cancelledAt: "DescribeTasks",
    next: { "run-task": "false" },
    end: { results: ["cancelled"], serves: "shop:1" },
  },
];

const codeDeploy = {
  layout: { ...codeDeployLayout, services: codeDeployLayout.services?.slice(0, 1) ?? [] },
  prepare: (world: DeployWorld) => group(world, 0),
  inputs: () => ({ "desired-count": "1" }),
  cut: "shop:1",
};

/** What a run calls when its deployment through CodeDeploy is stopped and brought back; the stop is all that is new in it. */
const throughCodeDeployAndBack = {
  calls: [...marked, "UpdateService", "CreateDeployment", "StopDeployment", "UpdateService", "UntagResource"],
  proven: [...marked, "UpdateService", "CreateDeployment", "UntagResource"],
};

const deployments: readonly Way[] = [
  {
    ...codeDeploy,
    name: "a release through CodeDeploy",
    calls: [...marked, "UpdateService", "CreateDeployment", "UntagResource"],
    proven: ["RegisterTaskDefinition", "UntagResource"],
    end: { results: ["deployed"], serves: "shop:2" },
  },
  {
    ...codeDeploy,
    name: "a release through CodeDeploy that fails",
    async prepare(world) {
      await group(world, 0);
      failing(world);
    },
    ...throughCodeDeployAndBack,
    end: { results: ["rolled-back"], serves: "shop:1" },
    next: mended,
  },
  {
    ...codeDeploy,
    name: "a cancelled release through CodeDeploy",
    // What is replaced waits for its end, so that what is under way can be cancelled.
    prepare: (world) => group(world, 10),
    cancelledAt: "GetDeployment",
    ...throughCodeDeployAndBack,
    end: { results: cancelled, serves: "shop:1" },
    next: mended,
  },
];

/** All of them. */
export const ways: readonly Way[] = [...services, ...tasks, ...deployments];

async function group(world: DeployWorld, terminationWaitMinutes: number): Promise<void> {
  await createGroup(world, terminationWaitMinutes);
  writeAppSpec(world);
}

async function register(world: DeployWorld, image: string): Promise<void> {
  await world.ecs("RegisterTaskDefinition", definition("shop", container("api", image)));
}

function job(world: DeployWorld, afterMs: number): void {
  world.write("job.json", definition("job", container("job", "job:1")));
  world.runtime.script("job:1", { does: "exits", afterMs, code: 0 });
}
