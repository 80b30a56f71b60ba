import { parseDocument } from "yaml";
import { z } from "zod";
import { images } from "./images.ts";

const name = z.string().min(1);
const forward = z
  .record(name, z.int().min(0).max(999), { error: "expected target group names with weights 0 to 999" })
  .refine((weights) => Object.keys(weights).length > 0, { error: "name at least one target group" });

const rule = z.strictObject({
  priority: z.int().min(1).max(50_000),
  path: name.optional(),
  host: name.optional(),
  forward,
});

const seed = z.strictObject({
  region: name.default("eu-central-1"),
  account: z
    .string({ error: "expected a text; put the number in quotes" })
    .regex(/^\d{12}$/, { error: "expected twelve digits" })
    .default("123456789012"),
  roles: z
    .array(
      z.strictObject({
        name,
        audience: name.default("sts.amazonaws.com"),
        subjects: z.array(name).default([]),
        "max-session-seconds": z.int().min(3600).max(43_200).default(3600),
      }),
    )
    .default([]),
  repositories: z
    .array(z.strictObject({ name, "tag-mutability": z.enum(["MUTABLE", "IMMUTABLE"]).default("MUTABLE") }))
    .default([]),
  "log-groups": z.array(name).default([]),
  clusters: z.array(name).default([]),
  "target-groups": z
    .array(
      z.strictObject({
        name,
        port: z.int().min(1).max(65_535).default(80),
        "health-check-path": name.default("/"),
      }),
    )
    .default([]),
  "load-balancers": z
    .array(
      z.strictObject({
        name,
        listeners: z
          .array(
            z.strictObject({
              port: z.int().min(1).max(65_535),
              forward,
              rules: z.array(rule).default([]),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
  /** Inputs of RegisterTaskDefinition, in AWS's own words. */
  "task-definitions": z
    .array(
      z.looseObject({ family: name, containerDefinitions: z.array(z.looseObject({ name, image: name })) }),
    )
    .default([]),
  services: z
    .array(
      z.strictObject({
        name,
        cluster: name,
        "task-definition": name,
        "desired-count": z.int().min(0).default(1),
        "target-group": name.optional(),
        container: name.optional(),
        "container-port": z.int().min(1).max(65_535).optional(),
        /** Further members of CreateService, in AWS's own words. */
        settings: z.record(z.string(), z.unknown()).default({}),
      }),
    )
    .default([]),
  /** Deployment groups of AWS CodeDeploy, one for each service of the controller CODE_DEPLOY. */
  "deployment-groups": z
    .array(
      z.strictObject({
        service: name,
        cluster: name,
        application: name.max(100).optional(),
        name: name.max(100).optional(),
        "load-balancer": name,
        "production-port": z.int().min(1).max(65_535).default(80),
        "test-port": z.int().min(1).max(65_535).optional(),
        "target-groups": z.tuple([name, name], { error: "expected the names of two target groups" }),
        /** Further members of CreateDeploymentGroup, in AWS's own words. */
        settings: z.record(z.string(), z.unknown()).default({}),
      }),
    )
    .default([]),
  /** What Lambda functions that lifecycle hooks call report, by name or ARN. */
  functions: z
    .record(name, z.enum(["succeeds", "fails"], { error: "expected succeeds or fails" }))
    .default({}),
  images,
  /** Values of secrets and parameters, by what stands in `valueFrom`. */
  secrets: z.record(name, z.string({ error: "expected a text; put the value in quotes" })).default({}),
  alarms: z
    .array(
      z.strictObject({
        name,
        state: z.enum(["OK", "ALARM", "INSUFFICIENT_DATA"]).default("OK"),
      }),
    )
    .default([]),
});

/** What a simulated account holds at the start. */
export type Seed = z.output<typeof seed>;

/**
 * Reads a seed from YAML. `source` names the text in errors, of which every one gives path, value and what is accepted.
 */
export function parseSeed(text: string, source: string): Seed {
  const document = parseDocument(text);
  const [broken] = document.errors;
  if (broken) throw new Error(`${source} is not valid YAML: ${broken.message}`);
  const content: unknown = document.toJS() ?? {};
  const parsed = seed.safeParse(content);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    const path = issue.path.map(String).join(".");
    const value = JSON.stringify(valueAt(content, issue.path));
    return `  ${path || "(top)"} = ${value ?? "(absent)"}: ${issue.message}`;
  });
  throw new Error(`${source} does not describe a simulated account:\n${problems.join("\n")}`);
}

function valueAt(content: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined),
    content,
  );
}
