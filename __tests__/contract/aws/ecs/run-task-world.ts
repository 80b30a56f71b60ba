import type { DeployRequest, TaskRequest } from "#ship/aws";
import type { Script } from "../../../../packages/simulators/src/runtime/script.ts";
import { type Deployment, definition, type World } from "./world.ts";

/** What every one-off task of these tests is, but for what a test says. */
const usualTask: TaskRequest = {
  cluster: "production",
  container: undefined,
  command: undefined,
  environment: {},
  containerOverrides: [],
  count: 1,
  subnets: undefined,
  securityGroups: undefined,
  assignPublicIp: undefined,
  launchType: undefined,
  capacityProviders: undefined,
  startedBy: undefined,
  managedTags: undefined,
  tags: [],
  volume: undefined,
  volumeName: undefined,
  after: "wait",
  logs: "follow",
  waiting: { every: undefined, timeout: undefined },
};

/** A request for a one-off task beside the deployment of `shop-blue`. */
export function withTask(change: Partial<TaskRequest> = {}): Pick<DeployRequest, "task"> {
  return { task: { ...usualTask, ...change } };
}

/** A request for nothing but a one-off task, on subnets of its own. */
export function taskOnly(change: Partial<TaskRequest> = {}): Partial<DeployRequest> {
  return { target: { kind: "none" }, ...withTask({ subnets: ["subnet-1"], ...change }) };
}

/** Writes a task definition `job` whose containers run the given images; the first is essential unless told. */
export function writeJob(
  shop: World,
  containers: Readonly<Record<string, { readonly image: string; readonly [member: string]: unknown }>>,
  more: Readonly<Record<string, unknown>> = {},
): Pick<DeployRequest, "taskDefinition"> {
  const usual = definition("job:1");
  const [template] = usual["containerDefinitions"] as Record<string, unknown>[];
  const containerDefinitions = Object.entries(containers).map(([name, members]) => ({
    name,
    logConfiguration: template?.["logConfiguration"],
    ...members,
  }));
  shop.write("job.json", JSON.stringify({ ...usual, family: "job", ...more, containerDefinitions }));
  return { taskDefinition: "job.json" };
}

/** Ends after 12 s with the given code. */
export const exits = (code: number, ...lines: string[]): Script => ({
  does: "exits",
  afterMs: 12_000,
  code,
  lines,
});

/** The one-off tasks that the account knows, oldest first. */
export function oneOffTasks(shop: World) {
  return [...shop.aws.ecs.state.tasks.values()].filter((task) => !task.group.startsWith("service:"));
}

/** The bodies of the RunTask calls that were made, as they went over the wire. */
export function runTaskCalls(shop: World): readonly Record<string, unknown>[] {
  return shop.aws.calls.of("ecs", "RunTask").map((call) => call.input);
}

/** The image serves well, but its one-off tasks follow the script: it changes when the service is updated. */
export function scriptTask(shop: World, image: string, script: Script): void {
  shop.runtime.script(image, script);
  shop.aws.calls.follow((call) => {
    if (call.action === "UpdateService") shop.runtime.script(image, { does: "runs" });
  });
}

/** The lines that a run showed of containers' output. */
export const quoted = ({ log }: Pick<Deployment, "log">) => log.filter((line) => line.startsWith("quote: "));
