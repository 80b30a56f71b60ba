import type { SessionOptions } from "#ship/aws";
import { type InputValues, int, optional, text } from "#ship/kit";
import { role } from "./readers.ts";

/** Where, as whom, and how often a call is tried. */
export const sessionInputs = {
  "aws-region": optional(text(/^[a-z]{2}(-[a-z]+)+-\d$/, "a region such as eu-central-1")),
  "role-to-assume": optional(role),
  "max-retries": optional(int({ min: 0, max: 100 })),
};

/** How the cloud is called. */
export function readSession(inputs: InputValues<typeof sessionInputs>): SessionOptions {
  const retries = inputs["max-retries"];
  return {
    region: inputs["aws-region"],
    roleToAssume: inputs["role-to-assume"],
    ...(retries !== undefined && { attempts: retries + 1 }),
  };
}
