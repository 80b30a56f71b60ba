import {
  DeregisterTaskDefinitionCommand,
  ListClustersCommand,
  ListServicesCommand,
  ListTaskDefinitionsCommand,
} from "@aws-sdk/client-ecs";
import { ask, type Caller, everyPage } from "./caller.ts";

/** The family in a revision's ARN. */
export function familyIn(arn: string): string {
  return arn.split("/").at(-1)?.split(":")[0] ?? "";
}

/** ARNs of the ACTIVE revisions of a family, the newest first. */
export async function activeRevisions(caller: Caller, family: string): Promise<string[]> {
  const arns = await everyPage(async (nextToken) => {
    const answer = await ask(caller, "ecs:ListTaskDefinitions", (options) =>
      caller.client.send(
        new ListTaskDefinitionsCommand({
          familyPrefix: family,
          status: "ACTIVE",
          sort: "DESC",
          ...(nextToken !== undefined && { nextToken }),
        }),
        options,
      ),
    );
    return { items: answer.taskDefinitionArns ?? [], nextToken: answer.nextToken };
  });
  const own = arns.filter((arn) => familyIn(arn) === family);
  return own.sort((a, b) => revisionOf(b) - revisionOf(a));
}

/** The number at the end of a revision's ARN. */
function revisionOf(arn: string): number {
  return Number(arn.split(":").at(-1));
}

/** Makes a revision INACTIVE: what runs it goes on, but it can be put on no service any more. */
export async function deregisterTaskDefinition(caller: Caller, taskDefinition: string): Promise<void> {
  await caller.session.write(
    {
      permission: "ecs:DeregisterTaskDefinition",
      async send(abortSignal) {
        await caller.client.send(new DeregisterTaskDefinitionCommand({ taskDefinition }), { abortSignal });
        return true;
      },
      async readBack() {
        const family = familyIn(taskDefinition);
        return (await activeRevisions(caller, family)).includes(taskDefinition) ? undefined : true;
      },
    },
    caller.options,
  );
}

/** ARNs of the account's clusters in this region. */
export function clusters(caller: Caller): Promise<string[]> {
  return everyPage(async (nextToken) => {
    const answer = await ask(caller, "ecs:ListClusters", (options) =>
      caller.client.send(new ListClustersCommand({ ...(nextToken !== undefined && { nextToken }) }), options),
    );
    return { items: answer.clusterArns ?? [], nextToken: answer.nextToken };
  });
}

/** ARNs of a cluster's services. */
export function servicesOf(caller: Caller, cluster: string): Promise<string[]> {
  return everyPage(async (nextToken) => {
    const answer = await ask(caller, "ecs:ListServices", (options) =>
      caller.client.send(
        new ListServicesCommand({ cluster, maxResults: 100, ...(nextToken !== undefined && { nextToken }) }),
        options,
      ),
    );
    return { items: answer.serviceArns ?? [], nextToken: answer.nextToken };
  });
}
