import { describe, expect, it } from "@jest/globals";
import { checkWorkflow } from "#ship/rehearsal";
import { folder, job, options, printed, run } from "./fixture.ts";

const called = `
on:
  workflow_call:
    inputs:
      environment: { type: string, required: true }
      dry-run: { type: boolean }
      percent: { type: number, default: 5 }
    secrets: { key: { required: true }, spare: { required: false } }
    outputs:
      url: { value: '\${{ jobs.deploy.outputs.url }}' }
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: \${{ inputs.environment }}
    outputs: { url: '\${{ steps.at.outputs.url }}' }
    steps:
      - run: 'echo "\${{ inputs.dry-run }} \${{ inputs.percent }} \${{ secrets.key == ''k-value'' }} [\${{ secrets.other }}] \${{ vars.REGION }} \${{ env.CALLER }}"'
      - { id: at, run: 'echo "url=https://\${{ inputs.environment }}" >> $GITHUB_OUTPUT' }
`;
const caller = (body: string) => `
on: push
env: { CALLER: caller-env }
jobs:
  server:
${body}
  after:
    needs: server
    runs-on: ubuntu-latest
    steps: [{ run: 'echo "at \${{ needs.server.outputs.url }}"' }]
`;

describe("a reusable workflow", () => {
  const files = { ".github/workflows/called.yml": called };

  it("gets typed inputs and the named secrets, and hands outputs back; the caller's env stays outside", async () => {
    const result = await run(
      caller(`
    uses: ./.github/workflows/called.yml
    with: { environment: prod }
    secrets: { key: '\${{ secrets.K }}' }`),
      { secrets: { K: "k-value", OTHER: "other" }, environments: { prod: { vars: { REGION: "eu" } } } },
      files,
    );
    expect(printed(result, "server/deploy")).toContain("false 5 true [] eu \n".trimEnd());
    expect(job(result, "server").outputs).toEqual({ url: "https://prod" });
    expect(printed(result, "after")).toBe("at https://prod");
  });

  it("inherits every secret when told so", async () => {
    const result = await run(
      caller(`
    uses: ./.github/workflows/called.yml
    with: { environment: prod, percent: 10, dry-run: true }
    secrets: inherit`),
      { secrets: { KEY: "k-value", OTHER: "o-value" } },
      files,
    );
    expect(printed(result, "server/deploy")).toContain("true 10 true [***]");
  });

  it("fails the calling job when its own job fails", async () => {
    const result = await run(
      "on: push\njobs: { outer: { uses: ./.github/workflows/bad.yml } }",
      {},
      {
        ".github/workflows/bad.yml":
          "on: workflow_call\njobs: { inner: { runs-on: x, steps: [{ run: exit 1 }] } }",
      },
    );
    expect(job(result, "outer").result).toBe("failure");
    expect(result.result).toBe("failure");
  });

  it("is refused before anything runs when inputs, secrets or permissions do not fit", () => {
    const text = `
on: push
permissions: { contents: read }
jobs:
  server:
    uses: ./.github/workflows/called.yml
    with: { enviroment: prod, percent: many }
  other:
    uses: ./.github/workflows/writes.yml
`;
    const given = options({
      ...files,
      ".github/workflows/main.yml": text,
      ".github/workflows/writes.yml": `
on: workflow_call
jobs: { deploy: { permissions: { id-token: write }, runs-on: x, steps: [{ run: true }] } }
`,
    });
    expect(() => checkWorkflow(given)).toThrow(
      [
        ".github/workflows/main.yml:7:13: invalid input, 'enviroment' is not defined in './.github/workflows/called.yml'. Defined: environment, dry-run, percent",
        ".github/workflows/main.yml:7:31: input 'percent' of './.github/workflows/called.yml' must be a number, found 'many'",
        ".github/workflows/main.yml:6:11: input 'environment' is required by './.github/workflows/called.yml' and not given",
        ".github/workflows/main.yml:6:11: secret 'key' is required by './.github/workflows/called.yml' and not given",
        ".github/workflows/writes.yml:3:9: the nested job 'deploy' is requesting 'id-token: write', but is only allowed 'id-token: none' by its caller",
      ].join("\n"),
    );
  });

  it("may be nested ten levels deep and no deeper", () => {
    const chain = (levels: number) => {
      const files: Record<string, string> = {
        ".github/workflows/main.yml": "on: push\njobs: { a: { uses: ./.github/workflows/w2.yml } }",
      };
      for (let level = 2; level <= levels; level += 1) {
        const work =
          level === levels
            ? "{ runs-on: x, steps: [{ run: true }] }"
            : `{ uses: ./.github/workflows/w${level + 1}.yml }`;
        files[`.github/workflows/w${level}.yml`] = `on: workflow_call\njobs: { a: ${work} }`;
      }
      return options(files);
    };
    expect(() => checkWorkflow(chain(10))).not.toThrow();
    expect(() => checkWorkflow(chain(11))).toThrow("nested deeper than 10 levels");
  });

  it("of another repository is found by owner, name and ref, and names what is known when it is not", async () => {
    const ship = folder(files);
    const text = (ref: string) =>
      caller(`
    uses: org/ship/.github/workflows/called.yml@${ref}
    with: { environment: prod }
    secrets: { key: x }`);
    const repositories = { "org/ship@v1": ship };
    expect((await run(text("v1"), { repositories })).result).toBe("success");
    await expect(run(text("v2"), { repositories })).rejects.toThrow(
      "main.yml:7:11: no folder is known for 'org/ship@v2'. Known repositories: org/ship@v1",
    );
  });
});
