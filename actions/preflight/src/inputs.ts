import { permissionScopes } from "#ship/github";
import { type InputValues, keyValues, lines, list, optional, type Run, readInputs, text } from "#ship/kit";

const definitions = {
  // What is required is often a secret, and the reader quotes lines that it cannot take.
  required: optional(keyValues(), { secret: "secret" }),
  files: optional(lines(text())),
  tools: optional(list(text(/^[\w.+-]+$/, "the name of a program"))),
  permissions: optional(keyValues()),
  "github-token": optional(text(), { secret: "secret" }),
  "aws-region": optional(text()),
  "role-to-assume": optional(text(/^arn:aws[\w-]*:iam::\d{12}:role\/.+$/, "the ARN of an IAM role")),
  cluster: optional(text()),
  services: optional(list(text())),
  "listener-rule-arn": optional(
    text(/^arn:aws[\w-]*:elasticloadbalancing:.+:listener-rule\/.+$/, "the ARN of a listener rule"),
  ),
};

/** The inputs of preflight. */
export type PreflightInputs = InputValues<typeof definitions>;

/** Reads and checks the inputs. @throws ShipError `INPUT_INVALID` */
export function readPreflightInputs(run: Run): PreflightInputs {
  return readInputs(run.environment, run.redaction, definitions, (values, problem) => {
    if (values.cluster !== undefined && values.services === undefined)
      problem("services", "name the services of the cluster");
    for (const [scope, access] of Object.entries(values.permissions ?? {})) {
      if (access !== "read" && access !== "write")
        problem("permissions", `"${scope}=${access}" is not scope=read or scope=write`);
      if (!permissionScopes.includes(scope))
        problem("permissions", `"${scope}" is no permission; accepted: ${permissionScopes.join(", ")}`);
    }
  });
}
