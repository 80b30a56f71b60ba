import { parse } from "yaml";
import {
  bool,
  InputProblem,
  type InputValues,
  keyValues,
  lines,
  list,
  messageOf,
  oneOf,
  optional,
  type Reader,
  type Run,
  readInputs,
  required,
  text,
} from "#ship/kit";

/** A login as login-action writes it. */
interface RegistryAuth {
  readonly registry: string;
  readonly username: string;
  readonly password: string;
}

const definitions = {
  context: required(text()),
  file: optional(text(), { aliases: ["dockerfile"] }),
  target: optional(text()),
  "build-args": optional(keyValues()),
  images: optional(lines(text(/^\S+$/, "an image name without blanks"))),
  tags: optional(list(text(/^[^\s=]+$/, "a tag or name:tag; rules such as type=sha are not supported yet"))),
  labels: optional(keyValues()),
  push: required(bool()),
  pull: required(bool()),
  "no-cache": required(bool()),
  "if-exists": required(oneOf("skip", "fail", "overwrite")),
  "registry-auth": optional(registryAuth(), { secret: "secret" }),
  ecr: required(oneOf("auto", "true", "false")),
  "aws-region": optional(text()),
  "role-to-assume": optional(text(/^arn:aws[\w-]*:iam::\d{12}:role\/.+$/, "the ARN of an IAM role")),
  "dry-run": required(bool()),
};

/** The inputs of build-image. */
export type ImageInputs = InputValues<typeof definitions>;

/** Reads and checks the inputs. @throws ShipError `INPUT_INVALID` */
export function readImageInputs(run: Run): ImageInputs {
  return readInputs(run.environment, run.redaction, definitions, (values, problem) => {
    const named = values.images?.length ?? 0;
    const whole = values.tags?.filter((tag) => tag.includes(":")).length ?? 0;
    if (named === 0 && whole === 0)
      problem("images", "name at least one image, here or as a full reference in tags");
    if (named === 0 && whole < (values.tags?.length ?? 0))
      problem("tags", "plain tags need an image name in images");
    for (const { password } of values["registry-auth"] ?? []) run.redaction.add(password);
  });
}

function registryAuth(): Reader<readonly RegistryAuth[]> {
  return {
    accepts: "a YAML list of registry, username and password",
    read(raw) {
      const document = parseYaml(raw);
      if (!Array.isArray(document)) throw new InputProblem();
      return document.map((entry: unknown, index) => {
        if (!isRegistryAuth(entry))
          throw new InputProblem(`entry ${index + 1} needs registry, username and password as texts`);
        if (entry.password === "") throw new InputProblem(`the password of ${entry.registry} is empty`);
        return entry;
      });
    },
  };
}

function parseYaml(raw: string): unknown {
  try {
    return parse(raw);
  } catch (error) {
    throw new InputProblem(messageOf(error).split("\n")[0]);
  }
}

function isRegistryAuth(entry: unknown): entry is RegistryAuth {
  if (typeof entry !== "object" || entry === null) return false;
  return ["registry", "username", "password"].every(
    (key) => typeof (entry as Record<string, unknown>)[key] === "string",
  );
}
