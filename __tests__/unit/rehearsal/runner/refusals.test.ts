import { describe, expect, it } from "@jest/globals";
import { checkWorkflow } from "#ship/rehearsal";
import { options } from "./fixture.ts";

function problems(text: string): string {
  try {
    checkWorkflow(options({ ".github/workflows/main.yml": text }));
  } catch (error) {
    return error instanceof Error ? error.message.replaceAll(".github/workflows/", "") : String(error);
  }
  return "";
}

const job = (body: string) => `on: push\njobs:\n  a:\n    runs-on: x\n${body}`;

describe("what the runner cannot run, it refuses before anything runs", () => {
  it.each([
    ["malformed YAML", "on: push\njobs:\n  a: [\n", "main.yml:4:1: not valid YAML: "],
    ["a tab for a blank", "on: push\njobs:\n\ta: b\n", "main.yml:3:1: not valid YAML: "],
    [
      "a list where a mapping belongs",
      "- on: push",
      "main.yml:1:1: a workflow is a mapping with 'on' and 'jobs'",
    ],
    ["a workflow without jobs", "on: push\n", "main.yml:1:1: the workflow has no 'jobs'"],
    [
      "a misspelt key",
      job("    steps: [{ run: a }]\n    need: b"),
      "main.yml:6:5: unknown key 'need' in job 'a'; did you mean 'needs'?",
    ],
    [
      "a container",
      job("    container: node\n    steps: []"),
      "main.yml:5:5: 'container' in job 'a' is not supported by this runner",
    ],
    [
      "services",
      job("    services: {}\n    steps: []"),
      "main.yml:5:5: 'services' in job 'a' is not supported",
    ],
    [
      "a background step",
      job("    steps:\n      - run: a\n        background: true"),
      "main.yml:7:9: 'background' in step 1 of job 'a' is not supported",
    ],
    [
      "a docker action",
      job("    steps:\n      - uses: docker://alpine"),
      "main.yml:6:15: 'docker://alpine': container actions are not supported",
    ],
    [
      "another shell",
      job("    steps:\n      - run: a\n        shell: pwsh"),
      "main.yml:7:16: shell 'pwsh' is not supported by this runner",
    ],
    [
      "an unknown event",
      "on: pushes\njobs: { a: { runs-on: x, steps: [] } }",
      "main.yml:1:5: on: unknown event 'pushes'",
    ],
    [
      "an unknown need",
      job("    needs: b\n    steps: []"),
      "main.yml:3:3: job 'a' needs 'b', which is no job of this workflow",
    ],
    [
      "a job that needs itself",
      job("    needs: a\n    steps: []"),
      "main.yml:3:3: job 'a' needs itself through its needs",
    ],
    [
      "a step id used twice",
      job("    steps: [{ id: s, run: a }, { id: S, run: b }]"),
      "the step id 'S' is used twice",
    ],
    [
      "an unknown function",
      job("    steps:\n      - run: ${{ lower('A') }}"),
      "main.yml:6:14: expression 'lower('A')': Unrecognized function: 'lower'",
    ],
    [
      "a context that is not there",
      job("    name: ${{ steps.a.outputs.b }}\n    steps: []"),
      "main.yml:5:11: expression 'steps.a.outputs.b': Unrecognized named-value: 'steps'; available here: github",
    ],
    [
      "secrets in an if",
      job("    steps:\n      - run: a\n        if: secrets.A != ''"),
      "main.yml:7:13: expression 'secrets.A != ''': Unrecognized named-value: 'secrets'",
    ],
    [
      "an open expression",
      job("    steps:\n      - run: echo ${{ github.ref"),
      "the expression '${{ github.ref' is not closed",
    ],
    [
      "an unknown permission",
      job("    permissions: { content: read }\n    steps: []"),
      "unknown key 'content' in permissions; did you mean 'contents'?",
    ],
    [
      "an action nobody knows",
      job("    steps:\n      - uses: org/x@v1"),
      "main.yml:6:15: no folder is known for 'org/x@v1'",
    ],
    ["a bare $/", job("    steps:\n      - uses: $/"), "'$/': a path must follow $/"],
    [
      "a path out of the repository",
      job("    steps:\n      - uses: $/../x"),
      "'$/../x' leaves its repository",
    ],
  ])("%s", (_what, text, expected) => {
    expect(problems(text)).toContain(expected);
  });

  it("an action that is not node24 or composite, named by its own file", () => {
    const given = options({
      ".github/workflows/main.yml": job("    steps: [{ uses: ./box }]"),
      "box/action.yml": "name: Box\nruns:\n  using: docker\n  image: Dockerfile\n",
    });
    expect(() => checkWorkflow(given)).toThrow(
      "box/action.yml:3:10: runs.using 'docker' is not supported by this runner",
    );
  });

  it("reports all mistakes of a workflow at once", () => {
    const text = job("    colour: red\n    steps: [{ run: '${{ nothing }}' }, { uses: org/x@v1 }]");
    expect(problems(text).split("\n")).toHaveLength(3);
  });

  it("a workflow file that is not there", () => {
    const given = options({}, { workflow: ".github/workflows/none.yml" });
    expect(() => checkWorkflow(given)).toThrow(/none\.yml:1:1: there is no such file in '/);
  });
});
