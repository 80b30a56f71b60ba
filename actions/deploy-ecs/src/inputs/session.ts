import type { SessionOptions } from "#ship/aws";
import { type InputValues, optional, text } from "#ship/kit";
import { role } from "./readers.ts";

/** Where, and as whom. */
export const sessionInputs = {
  "aws-region": optional(text(/^[a-z]{2}(-[a-z]+)+-\d$/, "a region such as eu-central-1")),
  "role-to-assume": optional(role),
};

/** How the clouds are called. */
export function readSession(inputs: InputValues<typeof sessionInputs>): SessionOptions {
  return { region: inputs["aws-region"], roleToAssume: inputs["role-to-assume"] };
}
