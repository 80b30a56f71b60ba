import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "@jest/globals";
import { z } from "zod";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const page = readFileSync(join(root, "actions/deploy-ecs/README.md"), "utf8");

/** IAM's prefix of each SDK client's actions. */
const prefixes: Readonly<Record<string, string>> = {
  "@aws-sdk/client-ecs": "ecs",
  "@aws-sdk/client-codedeploy": "codedeploy",
  "@aws-sdk/client-cloudwatch": "cloudwatch",
  "@aws-sdk/client-cloudwatch-logs": "logs",
  "@aws-sdk/client-elastic-load-balancing-v2": "elasticloadbalancing",
};
/** Permissions without a call of ours in these folders: AWS asks for them beside one, or a shared folder makes it. */
const beside = [
  "iam:PassRole",
  "elasticloadbalancing:DescribeTags",
  "codedeploy:RegisterApplicationRevision",
  "sts:AssumeRoleWithWebIdentity",
];

/** Calls in these folders that only canary-shift makes. */
const canaryOnly = new Set(["ecs:ContinueServiceDeployment"]);

/** IAM actions of the SDK commands that the source of deploy-ecs imports. */
function called(): Set<string> {
  const folders = ["packages/aws/src/ecs", "packages/aws/src/codedeploy"];
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      // Native targets are canary-shift's.
      .filter((file) => file.endsWith(".ts") && !file.startsWith("native/"))
      .map((file) => readFileSync(join(root, folder, file), "utf8")),
  );
  const imports = files.flatMap((source) => [
    ...source.matchAll(/import \{([^}]*)\} from "(@aws-sdk\/[^"]+)"/g),
  ]);
  const actions = imports.flatMap(([, names = "", client = ""]) =>
    [...names.matchAll(/\b(\w+)Command\b/g)].map(([, action]) => `${prefixes[client]}:${action}`),
  );
  return new Set(actions.filter((action) => !canaryOnly.has(action)));
}

const policy = z.object({
  Version: z.literal("2012-10-17"),
  Statement: z.array(
    z.looseObject({ Effect: z.literal("Allow"), Action: z.union([z.string(), z.array(z.string())]) }),
  ),
});

/** IAM actions of the policies on the action's page. */
function documented(): Set<string> {
  const policies = [...page.matchAll(/```json\n([\s\S]*?)```/g)]
    .map(([, json = ""]) => JSON.parse(json) as object)
    .filter((document) => "Statement" in document);
  return new Set(
    policies.flatMap((document) => policy.parse(document).Statement.flatMap(({ Action }) => Action)),
  );
}

describe("the policies on the page of deploy-ecs", () => {
  it("allow every call that the action makes", () => {
    expect(called().size).toBeGreaterThan(15);
    expect([...called()].filter((action) => !documented().has(action))).toEqual([]);
  });

  it("allow nothing that it does not need", () => {
    const needed = new Set([...called(), ...beside]);
    expect([...documented()].filter((action) => !needed.has(action))).toEqual([]);
  });

  it("trust both forms of a job's subject", () => {
    expect(page).toContain('"repo:acme/shop:environment:production"');
    expect(page).toMatch(/"repo:acme@\d+\/shop@\d+:environment:production"/);
  });
});
