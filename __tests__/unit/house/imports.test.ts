import { fileURLToPath } from "node:url";
import { describe, expect, it } from "@jest/globals";
import { checkHouse, describeViolation } from "../../../scripts/imports/house.ts";
import { checkFile } from "../../../scripts/imports/rules.ts";

const complaints = (file: string, source: string) => checkFile(file, source).map(describeViolation);

describe("the house", () => {
  it("keeps its own rules", () => {
    const root = fileURLToPath(new URL("../../..", import.meta.url));
    expect(checkHouse(root).map(describeViolation)).toEqual([]);
  });
});

describe("who may import whom", () => {
  it.each([
    [
      "actions/deploy-ecs/src/main.ts",
      'import { a } from "#ship/kit";\nimport { b } from "#ship/aws";\nimport { c } from "#ship/delivery";',
    ],
    [
      "packages/aws/src/ecs/target.ts",
      'import type { Target } from "#ship/delivery";\nimport { poll } from "#ship/kit";',
    ],
    ["packages/aws/src/ecs/target.ts", 'import { type Target } from "#ship/delivery";'],
    ["packages/images/src/tags.ts", 'import { poll } from "#ship/kit";\nimport { x } from "./labels.ts";'],
    ["packages/kit/src/log.ts", 'import * as core from "@actions/core";\nconst home = process.env.HOME;'],
    [
      "packages/rehearsal/src/cli.ts",
      'import { startSimulatedAws } from "#ship/simulators";\nconst path = process.env.PATH;',
    ],
  ])("allows %s its neighbours", (file, source) => {
    expect(complaints(file, source)).toEqual([]);
  });

  it.each([
    [
      "a domain imports a provider",
      "packages/delivery/src/rollout.ts",
      'import { x } from "#ship/docker";',
      "may not import #ship/docker",
    ],
    [
      "a provider imports another",
      "packages/google/src/run.ts",
      'import { x } from "#ship/aws";',
      "may not import #ship/aws",
    ],
    [
      "a provider imports the code of a domain",
      "packages/aws/src/a.ts",
      'import { type Gate, decide } from "#ship/delivery";',
      "only types of #ship/delivery",
    ],
    [
      "a provider re-exports a domain",
      "packages/aws/src/a.ts",
      'export * from "#ship/delivery";',
      "only types of #ship/delivery",
    ],
    [
      "the kit imports the house",
      "packages/kit/src/a.ts",
      'import type { Target } from "#ship/delivery";',
      "allowed: nothing of ours",
    ],
    [
      "an action imports a simulator",
      "actions/deploy-ecs/src/main.ts",
      'const s = await import("#ship/simulators");',
      "may not import #ship/simulators",
    ],
    [
      "an action imports the rehearsal's types",
      "actions/deploy-ecs/src/main.ts",
      'type R = import("#ship/rehearsal").R;',
      "may not import #ship/rehearsal",
    ],
    [
      "a package is unknown",
      "packages/aws/src/a.ts",
      'import { x } from "#ship/kitt";',
      "no package of the house",
    ],
    [
      "a file reaches into another package",
      "packages/aws/src/a.ts",
      'import { x } from "../../kit/src/clock.ts";',
      "leaves packages/aws",
    ],
    [
      "an action reaches into another action",
      "actions/migrate-db/src/a.ts",
      'export { x } from "../../deploy-ecs/src/b.ts";',
      "leaves actions/migrate-db",
    ],
    [
      "a provider uses the runner's toolkit",
      "packages/docker/src/a.ts",
      'import { exec } from "@actions/exec";',
      "only packages/kit imports @actions/exec",
    ],
    [
      "a provider reads the environment",
      "packages/aws/src/a.ts",
      "const region = process.env.AWS_REGION;",
      "only packages/kit touches process.env",
    ],
    [
      "a provider reads the environment by import",
      "packages/aws/src/a.ts",
      'import { env } from "node:process";',
      "only packages/kit touches process.env",
    ],
  ])("complains when %s", (_case, file, source, complaint) => {
    expect(complaints(file, source)).toEqual([expect.stringContaining(complaint)]);
  });

  it("names the line, also below comments and non-ASCII text", () => {
    const source = '// naïve — ✓\n\nimport type { A } from "./a.ts";\nimport { x } from "#ship/aws";\n';
    expect(complaints("packages/images/src/b.ts", source)).toEqual([
      expect.stringMatching(/^packages\/images\/src\/b\.ts:4: /),
    ]);
  });

  it("does not mistake text for an import", () => {
    expect(
      complaints(
        "packages/images/src/a.ts",
        "const text = 'import { x } from \"#ship/aws\"; process.env.X';",
      ),
    ).toEqual([]);
  });

  it("asks for a role when a package is new", () => {
    expect(complaints("packages/heroku/src/a.ts", "export {};")).toEqual([
      expect.stringContaining("scripts/imports/parts.ts"),
    ]);
  });
});

describe("an action's main", () => {
  const main = "actions/deploy-ecs/src/main.ts";

  it.each([
    ["catches errors", "try { run(); } catch {}", "no try"],
    ["prints by itself", 'console.log("hello");', "does not use console"],
    ["holds a default", 'const cluster = inputs.cluster ?? "default";', "holds no default"],
    ["holds a default list", 'const tags = inputs.tags || ["latest"];', "holds no default"],
    ["holds a default by destructuring", "const { cluster = name } = inputs;", "holds no default"],
  ])("is refused when it %s", (_case, source, complaint) => {
    expect(complaints(main, source)).toEqual([expect.stringContaining(complaint)]);
  });

  it("may take an absent input for an empty one", () => {
    expect(complaints(main, "const labels = inputs.labels ?? {};\nconst tags = inputs.tags ?? [];")).toEqual(
      [],
    );
  });

  it("is refused from its 61st line on", () => {
    expect(complaints(main, "wire();\n".repeat(60))).toEqual([]);
    expect(complaints(main, "wire();\n".repeat(61))).toEqual([
      expect.stringContaining("main.ts:61: a file has at most 60 lines"),
    ]);
  });
});

describe("any source file", () => {
  it("is refused from its 351st line on", () => {
    expect(complaints("scripts/long.ts", "a();\n".repeat(350))).toEqual([]);
    expect(complaints("scripts/long.ts", "a();\n".repeat(351))).toHaveLength(1);
  });
});

describe("the delivery domain", () => {
  it.each([
    "// as ECS does",
    "interface EcsTarget {}",
    "const createALBRule = 1;",
    "const CLOUD_RUN = 1;",
    'const name = "Cloud Run";',
    "type A = AwsThing;",
  ])("names no cloud: %s", (source) => {
    expect(complaints("packages/delivery/src/a.ts", source)).toEqual([
      expect.stringContaining("names no cloud"),
    ]);
  });

  it.each(["// specs, flaws and album covers", "const balance = 1;", "const seconds = 2;"])(
    "may still say: %s",
    (source) => {
      expect(complaints("packages/delivery/src/a.ts", source)).toEqual([]);
    },
  );
});
