import { bool, type InputValues, int, optional, type ReportProblem, required, text } from "#ship/kit";
import type { Asked } from "./combine.ts";
import { apiWord, cluster, jsonObject, service } from "./readers.ts";

/** Which service is updated, and with what beside its task definition and its deployment configuration. */
export const serviceInputs = {
  service: optional(service),
  cluster: required(cluster),
  "create-if-missing": optional(text()),
  "desired-count": optional(int({ min: 0 })),
  "force-new-deployment": required(bool()),
  "enable-ecs-managed-tags": optional(bool()),
  "propagate-tags": optional(apiWord("SERVICE", "TASK_DEFINITION", "NONE")),
  "service-managed-ebs-volume": optional(jsonObject()),
  "service-managed-ebs-volume-name": optional(
    text(/^[\w-]{1,255}$/, "the name of a volume of the task definition"),
  ),
  update: optional(jsonObject()),
};
/** The values of {@link serviceInputs}. */
export type ServiceValues = InputValues<typeof serviceInputs>;

/** Members of UpdateService that have an input of their own, and so have no place in `update`. */
const elsewhere: Readonly<Record<string, string>> = {
  taskDefinition: "task-definition",
  service: "service",
  cluster: "cluster",
};

/** What each input asks UpdateService for, as members of its request. */
export function askedMembers(inputs: ServiceValues): Asked[] {
  const {
    "service-managed-ebs-volume-name": name,
    "service-managed-ebs-volume": volume,
    update = {},
  } = inputs;
  const given = (input: keyof ServiceValues & string, member: string): Asked[] =>
    inputs[input] === undefined ? [] : [[input, { [member]: inputs[input] }]];
  return [
    ...given("desired-count", "desiredCount"),
    ...given("enable-ecs-managed-tags", "enableECSManagedTags"),
    ...given("propagate-tags", "propagateTags"),
    ...(volume && Object.keys(volume).length > 0
      ? [
          [
            "service-managed-ebs-volume",
            { volumeConfigurations: [{ name, managedEBSVolume: volume }] },
          ] as const,
        ]
      : []),
    ["update", withoutNulls(update)],
  ];
}

/** Null means to keep: such a member is not sent. */
function withoutNulls(fields: { readonly [key: string]: unknown }): { readonly [key: string]: unknown } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

/** Mistakes that only several of these inputs together show. */
export function checkService(inputs: ServiceValues, problem: ReportProblem): void {
  const {
    "service-managed-ebs-volume-name": name,
    "service-managed-ebs-volume": volume,
    update = {},
  } = inputs;
  const isVolume = volume !== undefined && Object.keys(volume).length > 0;
  if (isVolume && name === undefined)
    problem(
      "service-managed-ebs-volume-name",
      "it is empty, so `service-managed-ebs-volume` has no volume to go to",
    );
  if (!isVolume && name !== undefined)
    problem("service-managed-ebs-volume", `it is empty, so nothing is known of the volume "${name}"`);
  if (isVolume && volume["roleArn"] === undefined)
    problem(
      "service-managed-ebs-volume",
      "roleArn is missing, the role that Amazon ECS manages the volume with",
    );
  for (const [member, input] of Object.entries(elsewhere))
    if (update[member] !== undefined && update[member] !== null)
      problem("update", `${member} has no place there; give it in \`${input}\``);
  const force = update["forceNewDeployment"] ?? false;
  if (typeof force !== "boolean")
    problem("update", `forceNewDeployment is ${JSON.stringify(force)}; it must be true or false`);
  const count = update["desiredCount"] ?? 0;
  if (typeof count !== "number" || !Number.isInteger(count) || count < 0)
    problem("update", `desiredCount is ${JSON.stringify(count)}; it must be a whole number of at least 0`);
}

/** Without a service nothing is described or updated, so what needs one is a mistake rather than silently nothing. */
export function checkRegistration(inputs: ServiceValues, problem: ReportProblem): void {
  for (const name of ["create-if-missing", "update"] as const)
    if (inputs[name] !== undefined) problem(name, "it needs a `service`, which is empty");
}

/** What has no effect without a service. AWS's own action takes these inputs then, so that workflows have them. */
export function unusedWithoutService(inputs: ServiceValues & { readonly runsTask: boolean }): string[] {
  const volume = inputs["service-managed-ebs-volume"] ?? {};
  const isGiven = {
    "desired-count": inputs["desired-count"] !== undefined,
    "force-new-deployment": inputs["force-new-deployment"],
    // A one-off task has managed tags, too.
    "enable-ecs-managed-tags": inputs["enable-ecs-managed-tags"] !== undefined && !inputs.runsTask,
    "propagate-tags": inputs["propagate-tags"] !== undefined,
    "service-managed-ebs-volume": Object.keys(volume).length > 0,
  };
  return Object.entries(isGiven)
    .filter(([, given]) => given)
    .map(([name]) => name);
}
