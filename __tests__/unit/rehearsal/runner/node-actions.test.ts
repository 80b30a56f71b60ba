import { describe, expect, it } from "@jest/globals";
import { folder, job, printed, run, step } from "./fixture.ts";

const action = `
name: Probe
description: Prints what it gets
inputs:
  who: { description: whom, required: true }
  two words: { description: blank in the name, default: 'on \${{ github.ref_name }}' }
  old: { description: old, deprecationMessage: use who }
runs: { using: node24, pre: pre.js, main: main.js, post: post.js }
`;
const files = {
  "probe/action.yml": action,
  "probe/package.json": `{ "type": "module" }`,
  "probe/pre.js": `import { appendFileSync } from "node:fs";
console.log("pre");
appendFileSync(process.env.GITHUB_STATE, "from=pre\\n");`,
  "probe/main.js": `import { appendFileSync } from "node:fs";
const { env } = process;
console.log("node", process.versions.node.split(".")[0], "cwd", process.cwd() === env.GITHUB_WORKSPACE);
console.log("who", env.INPUT_WHO ?? "absent", "| two", env.INPUT_TWO_WORDS, "| extra", env.INPUT_EXTRA, "| state", env.STATE_from);
console.log("from", env.GITHUB_ACTION_REPOSITORY, env.GITHUB_ACTION_REF, env.GITHUB_ACTION, "leaked", env.SHOULD_NOT_LEAK ?? "nothing");
appendFileSync(env.GITHUB_OUTPUT, "lines<<END\\none\\ntwo\\nEND\\n");
appendFileSync(env.GITHUB_ENV, "ADDED=by-action\\n");
appendFileSync(env.GITHUB_STATE, "from=main\\n");
appendFileSync(env.GITHUB_STEP_SUMMARY, "## Done\\n");`,
  "probe/post.js": `console.log("post sees", process.env.STATE_from);`,
};

describe("a Node.js action", () => {
  it("runs pre, main and post as the runner spawns them", async () => {
    process.env["SHOULD_NOT_LEAK"] = "leaked";
    const result = await run(
      `
on: push
jobs:
  use:
    runs-on: ubuntu-latest
    steps:
      - { id: probe, uses: org/ship/probe@v1, with: { Who: world, extra: 1.10, old: x } }
      - { id: again, name: again, uses: org/ship/probe@v1 }
      - { id: seen, run: 'echo "$ADDED \${{ env.ADDED }} [\${{ steps.probe.outputs.lines }}]"' }
`,
      { repositories: { "org/ship@v1": folder(files) } },
    );
    delete process.env["SHOULD_NOT_LEAK"];
    expect(job(result, "use").steps.map(({ name }) => name)).toEqual([
      "Pre Run org/ship/probe@v1",
      "Pre again",
      "Run org/ship/probe@v1",
      "again",
      'Run echo "$ADDED by-action [one',
      "Post again",
      "Post Run org/ship/probe@v1",
    ]);
    const main = step(result, "use", "probe");
    expect(main.log.filter((line) => !line.startsWith("##["))).toEqual([
      "node 24 cwd true",
      "who world | two on main | extra 1.1 | state pre",
      "from org/ship v1 probe leaked nothing",
    ]);
    expect(main.summary).toBe("## Done\n");
    expect(main.annotations.map(({ message }) => message)).toEqual([
      "Unexpected input(s) 'extra', valid inputs are ['who', 'two words', 'old']",
      "Input 'old' has been deprecated with message: use who",
    ]);
    expect(step(result, "use", "again").log).toContain(
      "who absent | two on main | extra undefined | state pre",
    );
    expect(step(result, "use", "seen").log).toEqual(["by-action by-action [one", "two]"]);
    expect(step(result, "use", "Post again").log).toEqual(["post sees main"]);
  });

  it("of the workspace needs a checkout and runs no pre", async () => {
    const workflow = (first: string) => `
on: push
jobs: { use: { runs-on: ubuntu-latest, steps: [${first} { uses: ./probe, with: { who: me } }] } }
`;
    const without = await run(workflow(""), {}, files);
    expect(without.result).toBe("failure");
    expect(printed(without, "use")).toContain("Did you forget to run actions/checkout");
    const after = await run(workflow("{ uses: actions/checkout@v6 },"), {}, files);
    expect(job(after, "use").steps.map(({ name }) => name)).toEqual([
      "Run actions/checkout@v6",
      "Run ./probe",
      "Post Run ./probe",
    ]);
  });

  it("named with $/ comes from the repository of the file that names it", async () => {
    const ship = folder({
      ...files,
      ".github/workflows/called.yml": `
on: { workflow_call: {} }
jobs: { inner: { runs-on: ubuntu-latest, steps: [{ uses: $/probe, with: { who: caller } }] } }
`,
    });
    const result = await run(
      "on: push\njobs: { outer: { uses: org/ship/.github/workflows/called.yml@v1 } }",
      { repositories: { "org/ship@v1": ship } },
    );
    expect(printed(result, "outer/inner")).toContain("from org/ship v1 __probe leaked nothing");
  });

  it("still runs its post when its main fails, and later steps do not run", async () => {
    const result = await run(
      `
on: push
jobs:
  use:
    runs-on: ubuntu-latest
    steps:
      - { id: bad, uses: org/ship/probe@v1 }
      - { id: later, run: echo never }
      - { id: cleanup, if: always(), run: 'echo "job is \${{ job.status }}, step \${{ steps.bad.outcome }}"' }
`,
      { repositories: { "org/ship@v1": folder({ ...files, "probe/main.js": "process.exit(1)" }) } },
    );
    expect(step(result, "use", "later").conclusion).toBe("skipped");
    expect(printed(result, "use")).toContain("job is failure, step failure");
    expect(step(result, "use", "Post Run org/ship/probe@v1").conclusion).toBe("success");
  });

  it("runs inside of a composite action, whose outputs reach the workflow", async () => {
    const ship = folder({
      ...files,
      "outer/action.yml": `
name: Outer
description: composite
inputs: { name: { description: n, default: nobody } }
outputs: { greeting: { description: g, value: '\${{ steps.say.outputs.text }}' } }
runs:
  using: composite
  steps:
    - { uses: $/probe, with: { who: '\${{ inputs.name }}' } }
    - { id: say, shell: bash, run: 'echo "text=hello \${{ inputs.name }} $OUTER" >> $GITHUB_OUTPUT; basename $GITHUB_ACTION_PATH' }
    - { if: failure(), shell: bash, run: echo never }
`,
    });
    const result = await run(
      `
on: push
jobs:
  use:
    runs-on: ubuntu-latest
    steps:
      - { id: c, uses: org/ship/outer@v1, with: { name: anna }, env: { OUTER: there } }
      - { run: 'echo "got \${{ steps.c.outputs.greeting }}; inner \${{ steps.say.outputs.text }}."' }
`,
      { repositories: { "org/ship@v1": ship } },
    );
    expect(printed(result, "use")).toContain("got hello anna there; inner .");
    expect(step(result, "use", "c").log).toContain("who anna | two on main | extra undefined | state pre");
    expect(step(result, "use", "c").log).toContain("outer");
    expect(printed(result, "use")).toContain("post sees main");
  });
});
