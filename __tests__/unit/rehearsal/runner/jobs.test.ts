import { describe, expect, it } from "@jest/globals";
import { folder, job, printed, run, step } from "./fixture.ts";

describe("jobs of a workflow", () => {
  it("hand outputs to the jobs that need them", async () => {
    const result = await run(`
on: push
env: { LEVEL: workflow, SHARED: workflow }
jobs:
  build:
    runs-on: ubuntu-latest
    env: { LEVEL: job }
    outputs:
      tag: \${{ steps.tag.outputs.value }}
    steps:
      - id: tag
        env: { LEVEL: step }
        run: echo "value=$LEVEL-$SHARED-\${{ env.LEVEL }}-\${{ github.ref_name }}" >> "$GITHUB_OUTPUT"
  deploy:
    needs: build
    runs-on: ubuntu-latest
    steps:
      - run: echo "deploying \${{ needs.build.outputs.tag }} after \${{ needs.build.result }}"
`);
    expect(result.result).toBe("success");
    expect(job(result, "build").outputs).toEqual({ tag: "step-workflow-step-main" });
    expect(printed(result, "deploy")).toContain("deploying step-workflow-step-main after success");
  });

  it("skip what depends on a failure unless it asks for failures", async () => {
    const result = await run(`
on: push
jobs:
  broken: { runs-on: ubuntu-latest, steps: [{ run: exit 3 }] }
  after: { needs: broken, runs-on: ubuntu-latest, steps: [{ run: echo never }] }
  rescue: { needs: after, if: failure(), runs-on: ubuntu-latest, steps: [{ run: echo rescued }] }
  report:
    needs: [broken, after]
    if: \${{ always() && needs.after.result == 'skipped' }}
    runs-on: ubuntu-latest
    steps: [{ run: 'echo "broken is \${{ needs.broken.result }}"' }]
`);
    expect(result.result).toBe("failure");
    expect(job(result, "after").result).toBe("skipped");
    expect(job(result, "rescue").result).toBe("success");
    expect(printed(result, "report")).toContain("broken is failure");
    expect(step(result, "broken", "Run exit 3").annotations[0]?.message).toBe(
      "Process completed with exit code 3.",
    );
  });

  it("skip a job whose ancestor was skipped, although the need between them ran", async () => {
    const result = await run(`
on: push
jobs:
  first: { if: false, runs-on: ubuntu-latest, steps: [{ run: echo never }] }
  second: { needs: first, if: always(), runs-on: ubuntu-latest, steps: [{ run: echo ran }] }
  third: { needs: second, runs-on: ubuntu-latest, steps: [{ run: echo never }] }
`);
    expect(job(result, "second").result).toBe("success");
    expect(job(result, "third").result).toBe("skipped");
  });

  it("do not fail the run when they continue on error", async () => {
    const result = await run(`
on: push
jobs:
  flaky: { continue-on-error: true, runs-on: ubuntu-latest, steps: [{ run: exit 1 }] }
  next: { needs: flaky, runs-on: ubuntu-latest, steps: [{ run: echo on }] }
`);
    expect(result.result).toBe("success");
    expect(job(result, "flaky")).toMatchObject({ outcome: "failure", result: "success" });
    expect(job(result, "next").result).toBe("success");
  });

  it("take variables and secrets from their environment first", async () => {
    const result = await run(
      `
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: { name: 'prod', url: 'https://\${{ steps.at.outputs.host }}/' }
    steps:
      - run: echo "\${{ vars.REGION }} \${{ vars.PLAIN }} \${{ secrets.KEY == 'environment-key' }}"
      - id: at
        run: echo host=shop.example >> $GITHUB_OUTPUT
`,
      {
        vars: { REGION: "nowhere", PLAIN: "plain" },
        secrets: { KEY: "repository-key" },
        environments: { prod: { vars: { REGION: "eu-north-1" }, secrets: { KEY: "environment-key" } } },
      },
    );
    expect(printed(result, "deploy")).toContain("eu-north-1 plain true");
    expect(job(result, "deploy").environment).toEqual({ name: "prod", url: "https://shop.example/" });
  });

  it("get identity variables only with id-token: write", async () => {
    const result = await run(
      `
on: push
permissions: { contents: read }
jobs:
  without: { runs-on: ubuntu-latest, steps: [{ run: 'echo "url=\${ACTIONS_ID_TOKEN_REQUEST_URL:-none}"' }] }
  with:
    permissions: { id-token: write }
    environment: prod
    runs-on: ubuntu-latest
    steps: [{ run: 'echo "url=\${ACTIONS_ID_TOKEN_REQUEST_URL:-none} $ACTIONS_ID_TOKEN_REQUEST_TOKEN"' }]
`,
      {
        identity: ({ environment, jobWorkflowRef }) => ({
          requestUrl: `http://127.0.0.1/${environment}/${jobWorkflowRef}`,
          requestToken: "request-token",
        }),
      },
    );
    expect(printed(result, "without")).toBe("url=none");
    expect(printed(result, "with")).toBe(
      "url=http://127.0.0.1/prod/octo/shop/.github/workflows/main.yml@refs/heads/main ***",
    );
  });

  it("run once per combination of a matrix and stop the rest when one fails", async () => {
    const result = await run(`
on: push
jobs:
  plan:
    runs-on: ubuntu-latest
    outputs: { list: '["a", "b"]' }
    steps: [{ run: echo planned }]
  each:
    needs: plan
    runs-on: ubuntu-latest
    strategy:
      max-parallel: 1
      matrix:
        part: \${{ fromJSON(needs.plan.outputs.list) }}
        mode: [x]
        include: [{ part: a, extra: yes-a }, { part: c, mode: z }]
        exclude: [{ part: b }]
    outputs: { last: '\${{ matrix.part }}' }
    steps: [{ run: 'echo "\${{ matrix.part }} \${{ matrix.mode }} \${{ matrix.extra }} \${{ strategy.job-index }}/\${{ strategy.job-total }}"' }]
  fast:
    runs-on: ubuntu-latest
    strategy: { max-parallel: 1, matrix: { code: [1, 0] } }
    steps: [{ run: 'exit \${{ matrix.code }}' }]
`);
    expect(Object.keys(result.jobs).sort()).toEqual([
      "each (a, x, yes-a)",
      "each (c, z)",
      "fast (0)",
      "fast (1)",
      "plan",
    ]);
    expect(printed(result, "each (a, x, yes-a)")).toBe("a x yes-a 0/2");
    expect(job(result, "fast (1)").result).toBe("failure");
    expect(job(result, "fast (0)").result).toBe("cancelled");
  });

  it("keep secrets out of their outputs", async () => {
    const result = await run(
      `
on: push
jobs:
  leak:
    runs-on: ubuntu-latest
    outputs: { key: '\${{ steps.a.outputs.key }}', fine: ok }
    steps: [{ id: a, run: 'echo "key=\${{ secrets.KEY }}" >> $GITHUB_OUTPUT' }]
`,
      { secrets: { KEY: "hunter22" } },
    );
    expect(job(result, "leak").outputs).toEqual({ fine: "ok" });
    expect(step(result, "leak", "a").outputs).toEqual({ key: "***" });
    expect(job(result, "leak").annotations[0]?.message).toBe(
      "Skip output 'key' since it may contain secret.",
    );
  });

  it("refuse a workspace that another run has used", async () => {
    const text = "on: push\njobs: { a: { runs-on: x, steps: [{ run: 'true' }] } }";
    const workspace = folder();
    expect((await run(text, { workspace })).result).toBe("success");
    const second = await run(text, { workspace });
    expect(job(second, "a").annotations[0]?.message).toContain(
      "a run needs a workspace that no other run has used",
    );
  });

  it("fail with the reason when a value cannot be evaluated", async () => {
    const result = await run(`
on: push
jobs:
  limit: { timeout-minutes: "\${{ 'soon' }}", runs-on: x, steps: [{ run: echo never }] }
  matrix: { strategy: { matrix: { a: "\${{ fromJSON('{') }}" } }, runs-on: x, steps: [{ run: echo never }] }
`);
    expect(job(result, "limit").annotations[0]?.message).toBe(
      "timeout-minutes is 'soon'; accepted: a number of minutes above 0",
    );
    expect(job(result, "matrix").annotations[0]?.message).toContain(
      "the expression 'fromJSON('{')' cannot be evaluated",
    );
    expect(result.result).toBe("failure");
  });
});
