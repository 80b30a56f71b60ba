import { DescribeTaskDefinitionCommand, RegisterTaskDefinitionCommand } from "@aws-sdk/client-ecs";
import { isShipError, ShipError } from "#ship/kit";
import { isClosed } from "../../errors.ts";
import { describedBody } from "../task-definition/document.ts";
import { isSame } from "../task-definition/normalise.ts";
import { type Fields, isFields } from "../task-definition/schema.ts";
import { ask, type Caller } from "./caller.ts";
import { familyIn } from "./families.ts";

/** A registered revision. */
export interface Registered {
  readonly arn: string;
  /** `ACTIVE`, `INACTIVE` or `DELETE_IN_PROGRESS`. */
  readonly status: string;
  /** As RegisterTaskDefinition would take it, tags included. */
  readonly body: Fields;
}

/**
 * Reads a revision by ARN or `family:revision`, or the latest ACTIVE one of a family.
 * @returns `undefined` when there is none
 */
export async function describeTaskDefinition(
  caller: Caller,
  reference: string,
): Promise<Registered | undefined> {
  try {
    const answer = await ask(caller, "ecs:DescribeTaskDefinition", (options) =>
      caller.client.send(
        new DescribeTaskDefinitionCommand({ taskDefinition: reference, include: ["TAGS"] }),
        options,
      ),
    );
    const { taskDefinition, tags } = answer;
    const fields: unknown = taskDefinition;
    if (!taskDefinition?.taskDefinitionArn || !isFields(fields)) return undefined;
    return {
      arn: taskDefinition.taskDefinitionArn,
      status: taskDefinition.status ?? "ACTIVE",
      body: describedBody({ family: familyIn(taskDefinition.taskDefinitionArn), ...fields }, tags),
    };
  } catch (error) {
    // AWS says "Unable to describe task definition", others have other words: a reading that is refused found nothing.
    const isMissing = isShipError(error) && (error.code === "NOT_FOUND" || error.code === "REQUEST_REJECTED");
    if (isMissing) return undefined;
    throw error;
  }
}

/**
 * Registers a new revision once: after a lost answer the family's latest revision is compared before sending again, where
 * it may be read.
 */
export async function registerTaskDefinition(caller: Caller, body: Fields): Promise<string> {
  const family = String(body["family"]);
  return caller.session.write({
    permission: "ecs:RegisterTaskDefinition",
    send: async (abortSignal) => {
      const command = new RegisterTaskDefinitionCommand(requestOf(body));
      const { taskDefinition } = await caller.client.send(command, { abortSignal });
      if (!taskDefinition?.taskDefinitionArn)
        throw new ShipError("REQUEST_REJECTED", `ecs:RegisterTaskDefinition answered no ARN for ${family}.`);
      return taskDefinition.taskDefinitionArn;
    },
    readBack: async () => {
      const latest = await describeTaskDefinition(caller, family).catch((error: unknown) => {
        if (isClosed(error)) return undefined;
        throw error;
      });
      return latest && isSame(body, latest.body) ? latest.arn : undefined;
    },
  });
}

type Request = ConstructorParameters<typeof RegisterTaskDefinitionCommand>[0];

/** The body was checked member by member against the SDK's own model, so it is what the command takes. */
function requestOf(body: Fields): Request {
  return body as unknown as Request;
}
