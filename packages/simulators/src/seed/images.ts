import { z } from "zod";
import { parseDuration, parseShare } from "#ship/kit";
import type { Script } from "../runtime/script.ts";

const text = z.string().min(1);
const behaviours = ["runs", "exits", "pull-failure", "unhealthy"] as const;

/** Which keys go with which behaviour; `name` and `does` go with all. */
const keysOf: Readonly<Record<(typeof behaviours)[number], readonly string[]>> = {
  runs: ["lines", "errors"],
  exits: ["after", "code", "lines"],
  "pull-failure": ["reason"],
  unhealthy: ["lines"],
};
const commandKeys = ["command", "environment", "directory"];

const duration = z
  .union([z.string(), z.number()], { error: "expected a duration such as 5s or 1m30s" })
  .transform((value, context) => {
    const milliseconds = parseDuration(String(value));
    if (milliseconds !== undefined) return milliseconds;
    context.addIssue({ code: "custom", message: "expected a duration such as 5s or 1m30s" });
    return z.NEVER;
  });
const share = z
  .union([z.string(), z.number()], { error: "expected a share such as 5% or 0.05" })
  .transform((value, context) => {
    const fraction = parseShare(String(value));
    if (fraction !== undefined) return fraction;
    context.addIssue({ code: "custom", message: "expected a share such as 5% or 0.05" });
    return z.NEVER;
  });
const variables = z.record(text, z.union([z.string(), z.number(), z.boolean()]).transform(String));

const entry = z.strictObject({
  name: text,
  does: z.enum(behaviours).optional(),
  after: duration.optional(),
  code: z.int().min(0).max(255).optional(),
  reason: text.optional(),
  lines: z.array(z.string()).optional(),
  errors: share.optional(),
  command: z.array(text).min(1, { error: "expected a program and its arguments" }).optional(),
  environment: variables.optional(),
  directory: text.optional(),
});
type Entry = z.output<typeof entry>;

/** A program that stands for an image. */
export interface SeedProgram {
  readonly command: readonly [program: string, ...args: string[]];
  readonly environment: Readonly<Record<string, string>>;
  /** Working directory as the seed gives it. */
  readonly directory?: string;
}

/** What containers of an image do: follow a script, or run a program of this machine. */
export type SeedImage =
  | { readonly name: string; readonly kind: "script"; readonly script: Script }
  | { readonly name: string; readonly kind: "program"; readonly program: SeedProgram };

const image = entry.transform((given, context): SeedImage => {
  const misplaced = Object.keys(given).filter((key) => !acceptedKeys(given).includes(key));
  for (const key of misplaced) {
    const message = `does not go with ${given.command ? "command" : `does: ${behaviourOf(given)}`}; accepted: ${acceptedKeys(given).join(", ")}`;
    context.addIssue({ code: "custom", message, path: [key] });
  }
  const [program, ...args] = given.command ?? [];
  if (program === undefined) return { name: given.name, kind: "script", script: scriptOf(given) };
  const directory = given.directory === undefined ? {} : { directory: given.directory };
  return {
    name: given.name,
    kind: "program",
    program: { command: [program, ...args], environment: given.environment ?? {}, ...directory },
  };
});

/** The section `images` of a seed: one entry per image name, each with `does` or with `command`. */
export const images = z
  .array(image)
  .superRefine((all, context) => {
    all.forEach(({ name }, index) => {
      if (all.findIndex((other) => other.name === name) === index) return;
      context.addIssue({
        code: "custom",
        message: "is listed twice; accepted: one entry per name",
        path: [index, "name"],
      });
    });
  })
  .default([]);

/** Without `does` an image just runs. */
function behaviourOf({ does = "runs" }: Entry): (typeof behaviours)[number] {
  return does;
}

function acceptedKeys(given: Entry): readonly string[] {
  return given.command ? ["name", ...commandKeys] : ["name", "does", ...keysOf[behaviourOf(given)]];
}

function scriptOf(given: Entry): Script {
  const lines = given.lines === undefined ? {} : { lines: given.lines };
  const does = behaviourOf(given);
  switch (does) {
    case "runs":
      return { does, ...lines, ...(given.errors === undefined ? {} : { errorShare: given.errors }) };
    case "exits":
      return { does, afterMs: given.after ?? 0, code: given.code ?? 1, ...lines };
    case "pull-failure":
      return { does, ...(given.reason === undefined ? {} : { reason: given.reason }) };
    case "unhealthy":
      return { does, ...lines };
  }
}
