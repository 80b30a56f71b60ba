import { describe, expect, it } from "@jest/globals";
import { checkWorkflow } from "../../scripts/workflows/check.ts";
import { actionContract, type Contracts, workflowContract } from "../../scripts/workflows/contracts.ts";
import { examplesIn, type Kind } from "../../scripts/workflows/documents.ts";
import { checkTemplates } from "../../scripts/workflows/templates.ts";

const deploy = `
# permissions: {}
name: Deploy
description: Deploys.
inputs:
  cluster: { description: Where., required: true }
  task-family: { description: Alias of \`family\`. }
  family: { description: What., required: true }
  wait: { description: How long., required: true, default: 10m }
`;
const server = `
on:
  workflow_call:
    inputs:
      service: { type: string, required: true }
      environment: { type: string, required: true, default: production }
    secrets:
      database-url: { required: true }
      token: { required: false }
`;
const contracts: Contracts = new Map([
  ["", actionContract(deploy, "action.yml")],
  ["deploy-ecs", actionContract(deploy, "action.yml")],
  [".github/workflows/server.yml", workflowContract(server, "server.yml")],
]);
const sha = "0123456789abcdef0123456789abcdef01234567";

function complaints(source: string, kind: Kind = "template"): string[] {
  return checkWorkflow({ file: "w.yml", firstLine: 1, kind, extent: "whole", source }, contracts);
}

/** A workflow with one step; the step's own lines begin at line 6. */
function withStep(...step: string[]): string {
  const [first = "", ...rest] = step;
  return [
    "on: push",
    "permissions: {}",
    "jobs:",
    "  job:",
    "    steps:",
    `      - ${first}`,
    ...rest.map((line) => `        ${line}`),
  ].join("\n");
}

/** A workflow with one job that calls; the job's own lines begin at line 5. */
function withJob(...job: string[]): string {
  return ["on: push", "permissions: {}", "jobs:", "  job:", ...job.map((line) => `    ${line}`)].join("\n");
}

describe("a step that uses an action of ours", () => {
  it.each([
    "org/ship/deploy-ecs@v1",
    "org/ship@v1",
    "org/ship/deploy-ecs@v1.4.0",
    "$/deploy-ecs",
    "./dist/deploy-ecs",
    "./",
  ])("may say %s and pass what is declared", (uses) => {
    expect(complaints(withStep(`uses: ${uses}`, "with:", "  cluster: a", "  family: b"))).toEqual([]);
  });

  it("satisfies a required input by another spelling of it", () => {
    expect(complaints(withStep("uses: $/deploy-ecs", "with: { cluster: a, task-family: b }"))).toEqual([]);
  });

  it("is told the line, the unknown input and the nearest known one", () => {
    expect(complaints(withStep("uses: $/deploy-ecs", "with: { clustr: a, cluster: a, family: b }"))).toEqual([
      'w.yml:6: "$/deploy-ecs" has no input "clustr"; did you mean "cluster"?',
    ]);
  });

  it("is told what is missing, but not what has a default", () => {
    expect(complaints(withStep("uses: org/ship/deploy-ecs@v1"))).toEqual([
      'w.yml:6: "org/ship/deploy-ecs@v1" requires the input "cluster"',
      'w.yml:6: "org/ship/deploy-ecs@v1" requires the input "family"',
    ]);
  });

  it.each(["org/ship/deploy-esc@v1", "$/deploy-esc", "./deploy-esc", "$/actions/deploy-ecs"])(
    "is told that %s does not exist",
    (uses) => {
      expect(complaints(withStep(`uses: ${uses}`))).toEqual([
        expect.stringContaining("leads to nothing in this repository"),
      ]);
    },
  );

  it.each(["main", "latest", "v1.4"])("names a release, not @%s", (version) => {
    expect(
      complaints(withStep(`uses: org/ship/deploy-ecs@${version}`, "with: { cluster: a, family: b }")),
    ).toEqual([expect.stringContaining("must name a release")]);
  });

  it("is not confused by an input that happens to be called uses or run", () => {
    const step = withStep(
      `uses: other/action@${sha} # v1.0.0`,
      "with:",
      "  uses: nothing/real@v1",
      "  run: ${{ github.event.x }}",
    );
    expect(complaints(step)).toEqual([]);
  });
});

describe("a job that calls a workflow of ours", () => {
  const uses = "uses: org/ship/.github/workflows/server.yml@v1";

  it("passes the inputs and secrets that are declared", () => {
    expect(
      complaints(withJob(uses, "with: { service: a }", "secrets: { database-url: b, token: c }")),
    ).toEqual([]);
  });

  it("is told what is unknown and what is missing", () => {
    expect(complaints(withJob(uses, "with: { servce: a }", "secrets: { tokn: c }"))).toEqual([
      expect.stringContaining('has no input "servce"; did you mean "service"?'),
      expect.stringContaining('requires the input "service"'),
      expect.stringContaining('has no secret "tokn"; did you mean "token"?'),
      expect.stringContaining('requires the secret "database-url"'),
    ]);
  });

  it("may not be a step", () => {
    expect(complaints(withStep("uses: $/.github/workflows/server.yml"))).toEqual([
      expect.stringContaining("belongs to a job"),
    ]);
    expect(complaints(withJob("uses: $/deploy-ecs"))).toEqual([
      expect.stringContaining("belongs into a step"),
    ]);
  });

  it("names its secrets where people copy from", () => {
    const call = withJob(uses, "with: { service: a }", "secrets: inherit");
    expect(complaints(call)).toEqual([expect.stringContaining("`secrets: inherit`")]);
    expect(complaints(call, "own")).toEqual([]);
  });
});

describe("other people's actions", () => {
  it("are pinned to a commit and say their version", () => {
    expect(complaints(withStep(`uses: actions/checkout@${sha} # v6.0.2`))).toEqual([]);
    expect(complaints(withStep("uses: actions/checkout@v6"))).toEqual([
      expect.stringContaining("is not pinned"),
    ]);
    expect(complaints(withStep(`uses: actions/checkout@${sha}`))).toEqual([
      expect.stringContaining("does not say its version"),
    ]);
    expect(complaints(withStep(`uses: actions/checkout@${sha} # newest`))).toEqual([
      expect.stringContaining("does not say its version"),
    ]);
    expect(complaints(withStep("uses: docker://alpine:3"))).toEqual([
      expect.stringContaining("is not pinned"),
    ]);
  });
});

describe("any workflow", () => {
  it("states its permissions at the top", () => {
    expect(complaints("on: push\njobs: {}")).toEqual([expect.stringContaining("no top-level permissions")]);
  });

  it.each(["${{ github.event.issue.title }}", "${{ format('{0}', github.head_ref) }}"])(
    "does not let strangers write commands: %s",
    (expression) => {
      expect(complaints(withStep(`run: echo "${expression}"`))).toEqual([
        expect.stringContaining("pass it through `env`"),
      ]);
    },
  );

  it("may use what strangers wrote outside of commands", () => {
    expect(complaints(withStep("run: echo", "env:", "  TITLE: ${{ github.event.issue.title }}"))).toEqual([]);
    expect(complaints(withStep("run: echo ${{ github.event_name }}"))).toEqual([]);
  });

  it("is not checked further when it is not YAML", () => {
    expect(complaints("on: push\njobs: [")).toEqual([expect.stringMatching(/^w\.yml:\d+: /)]);
  });
});

describe("a page", () => {
  const page = [
    "# Use",
    "",
    "```yaml",
    "- uses: $/deploy-esc",
    "```",
    "",
    "- in a list:",
    "  ```yaml",
    "  jobs:",
    "    job:",
    "      uses: x/y/.github/workflows/z.yml@v1",
    "  ```",
  ].join("\n");

  it("has its examples checked, with the line in the page", () => {
    const found = examplesIn("README.md", page);
    expect(found.map(({ firstLine, extent }) => ({ firstLine, extent }))).toEqual([
      { firstLine: 4, extent: "steps" },
      { firstLine: 9, extent: "jobs" },
    ]);
    expect(found.flatMap((text) => checkWorkflow(text, contracts))).toEqual([
      expect.stringMatching(/^README\.md:4: "\$\/deploy-esc" leads to nothing/),
      expect.stringMatching(/^README\.md:11: .* is not pinned/),
    ]);
  });

  it("may show what people come from in its own manner", () => {
    const steps = "- uses: docker/build-push-action@v7\n```\n";
    expect(examplesIn("README.md", `\`\`\`yaml before\n${steps}`)).toEqual([]);
    expect(examplesIn("README.md", `\`\`\`yaml\n${steps}`)).toHaveLength(1);
  });

  it("may show YAML that is no workflow", () => {
    expect(examplesIn("README.md", "```yaml\nclusters:\n  - name: shop\n```\n")).toEqual([]);
  });
});

describe("a template's properties", () => {
  const good = JSON.stringify({
    name: "Server",
    description: "Ships a server.",
    iconName: "octicon rocket",
    filePatterns: ["^Dockerfile$"],
  });

  it("are complete", () => {
    expect(
      checkTemplates(
        new Map([
          ["s.yml", "on: push"],
          ["s.properties.json", good],
        ]),
      ),
    ).toEqual([]);
  });

  it.each([
    ["are missing", new Map([["s.yml", ""]]), "s.properties.json is missing"],
    ["belong to no template", new Map([["s.properties.json", good]]), "there is no s.yml"],
    [
      "lack a description",
      new Map([
        ["s.yml", ""],
        ["s.properties.json", '{"name":"a"}'],
      ]),
      "description",
    ],
    [
      "hold a broken pattern",
      new Map([
        ["s.yml", ""],
        ["s.properties.json", '{"name":"a","description":"b","filePatterns":["("]}'],
      ]),
      "filePatterns.0 is not a regular expression",
    ],
    [
      "are not JSON",
      new Map([
        ["s.yml", ""],
        ["s.properties.json", "{"],
      ]),
      "s.properties.json: ",
    ],
  ])("are refused when they %s", (_case, files, complaint) => {
    expect(checkTemplates(files)).toEqual([expect.stringContaining(complaint)]);
  });
});
