import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import type { RunEvent } from "#ship/rehearsal";
import { eventually } from "../../../support/eventually.ts";
import { startSource } from "../../../support/program.ts";
import { folder, job, printed, run, step } from "./fixture.ts";

/** Runs until a line is printed, then pulls the switch. */
function runUntilPrinted(
  line: string,
  workflow: string,
  more: { readonly die?: true; readonly files?: Record<string, string> } = {},
) {
  const lever = new AbortController();
  const listener = (event: RunEvent) => {
    if (event.kind === "log" && event.line === line) lever.abort();
  };
  return run(workflow, {
    listener,
    ...(more.die ? { die: lever.signal } : { signal: lever.signal }),
    timings: { interrupt: 300, terminate: 300 },
    repositories: { "org/ship@v1": folder(more.files) },
  });
}

const stubborn = {
  "wait/action.yml": "name: Wait\nruns: { using: node24, main: main.js, post: post.js }\n",
  "wait/main.js": `const at = Date.now();
const said = (name) => console.log(name, Date.now() - at < 100000);
process.on("SIGINT", () => said("SIGINT"));
process.on("SIGTERM", () => said("SIGTERM"));
setInterval(() => {}, 1000);
console.log("ready");`,
  "wait/post.js": `console.log("post ran");`,
};

describe("a cancel", () => {
  it("sends SIGINT, then SIGTERM, then kills; always() steps and posts still run", async () => {
    const result = await runUntilPrinted(
      "ready",
      `
on: push
jobs:
  a:
    runs-on: x
    steps:
      - { id: wait, uses: org/ship/wait@v1 }
      - { id: plain, run: echo never }
      - { id: always, if: always(), run: 'echo "always \${{ job.status }}"' }
      - { id: told, if: cancelled(), run: echo cancelled }
      - { id: failed, if: failure(), run: echo never }
  b: { needs: a, runs-on: x, steps: [{ run: echo never }] }
  c: { needs: a, if: cancelled(), runs-on: x, steps: [{ run: 'echo "saw \${{ needs.a.result }}"' }] }
`,
      { files: stubborn },
    );
    const wait = step(result, "a", "wait");
    expect(wait.log).toEqual(["ready", "SIGINT true", "SIGTERM true"]);
    expect(wait.ended - wait.started).toBeGreaterThanOrEqual(600);
    expect(job(result, "a").steps.map(({ conclusion }) => conclusion)).toEqual([
      "cancelled",
      "skipped",
      "success",
      "success",
      "skipped",
      "success",
    ]);
    expect(printed(result, "a")).toContain("always cancelled");
    expect(printed(result, "a")).toContain("post ran");
    expect([job(result, "a").result, job(result, "b").result, result.result]).toEqual([
      "cancelled",
      "skipped",
      "cancelled",
    ]);
    expect(printed(result, "c")).toBe("saw cancelled");
  });

  it.each([
    ["step", "success", "cancelled", "{ runs-on: x, steps: [{ if: always(), run: WORK }] }"],
    ["job", "success", "success", "{ if: always(), runs-on: x, steps: [{ run: WORK }] }"],
  ])("does not interrupt a %s whose condition still holds", async (_what, conclusion, jobResult, body) => {
    const work = `'trap "echo interrupted; exit 1" INT TERM; echo begun; sleep 0.3; echo finished'`;
    const result = await runUntilPrinted("begun", `on: push\njobs: { a: ${body.replace("WORK", work)} }`);
    expect(printed(result, "a")).toBe("begun\nfinished");
    expect(job(result, "a").steps[0]?.conclusion).toBe(conclusion);
    expect(job(result, "a").result).toBe(jobResult);
  });

  it("reaches the jobs of a called workflow", async () => {
    const lever = new AbortController();
    const result = await run(
      "on: push\njobs: { outer: { uses: ./.github/workflows/inner.yml } }",
      {
        signal: lever.signal,
        timings: { interrupt: 300, terminate: 300 },
        listener: (event) => event.kind === "log" && lever.abort(),
      },
      {
        ".github/workflows/inner.yml":
          "on: workflow_call\njobs: { deep: { runs-on: x, steps: [{ run: 'echo begun; exec sleep 20' }] } }",
      },
    );
    expect(job(result, "outer/deep").result).toBe("cancelled");
    expect(job(result, "outer").result).toBe("cancelled");
  });
});

describe("a job's limit of minutes", () => {
  it("cancels it as a user would", async () => {
    const result = await run(
      `
on: push
jobs:
  a:
    runs-on: x
    timeout-minutes: 0.005
    steps: [{ run: exec sleep 20 }, { if: cancelled(), run: echo cleaned }]
`,
      { timings: { interrupt: 300, terminate: 300 } },
    );
    expect(job(result, "a").result).toBe("cancelled");
    expect(job(result, "a").annotations[0]?.message).toContain("exceeded the maximum execution time");
    expect(printed(result, "a")).toContain("cleaned");
  });
});

describe("the death of a machine", () => {
  it("ends everything at once, without posts or always() steps; later jobs get a new machine", async () => {
    const result = await runUntilPrinted(
      "ready",
      `
on: push
jobs:
  a:
    runs-on: x
    steps: [{ id: wait, uses: org/ship/wait@v1 }, { if: always(), run: echo never }]
  b: { needs: a, if: always(), runs-on: x, steps: [{ run: 'echo "a was \${{ needs.a.result }}"' }] }
`,
      { die: true, files: stubborn },
    );
    expect(job(result, "a").steps.map(({ name }) => name)).toEqual(["Run org/ship/wait@v1"]);
    expect(printed(result, "a")).toBe("ready");
    expect(job(result, "a").annotations[0]?.message).toContain("lost communication with the server");
    expect(printed(result, "b")).toBe("a was failure");
    expect(job(result, "b").result).toBe("success");
  });
});

describe("processes a step leaves behind", () => {
  it("are gone when the job has ended, even one that left its group", async () => {
    const marks = folder();
    const result = await run(`
on: push
jobs:
  a:
    runs-on: x
    steps:
      - run: |
          (sleep 0.6; touch ${marks}/same-group) > /dev/null 2>&1 &
          setsid sh -c 'sleep 0.6; touch ${marks}/own-group' > /dev/null 2>&1 &
          echo started
      - run: sleep 0.1; echo next
`);
    expect(printed(result, "a")).toBe("started\nnext");
    const deadline = Date.now() + 1_000;
    await eventually("a second to pass", () => Date.now() > deadline);
    expect(existsSync(join(marks, "same-group"))).toBe(false);
    expect(existsSync(join(marks, "own-group"))).toBe(false);
  });

  it("are gone when the program that runs the workflow exits in the middle", async () => {
    const root = folder({
      ".github/workflows/main.yml":
        "on: push\njobs: { a: { runs-on: x, steps: [{ run: 'echo $$; exec sleep 30' }] } }",
    });
    const runner = new URL("../../../../packages/rehearsal/src/runner/index.ts", import.meta.url).href;
    const program = startSource(
      root,
      `import { runWorkflow } from ${JSON.stringify(runner)};
      await runWorkflow({
        workflow: ".github/workflows/main.yml",
        repository: { name: "octo/shop", directory: ${JSON.stringify(root)} },
        workspace: ${JSON.stringify(join(root, "work"))},
        event: { name: "push" },
        listener: (event) => {
          if (event.kind !== "log") return;
          console.log("pid " + event.line + ".");
          setTimeout(() => process.exit(7), 50);
        },
      });`,
    );
    const pid = Number((await program.printed(/pid (\d+)\./))[1]);
    expect((await program.exited).code).toBe(7);
    await eventually("the step's process to be gone", () => !existsSync(`/proc/${pid}`));
  });
});
