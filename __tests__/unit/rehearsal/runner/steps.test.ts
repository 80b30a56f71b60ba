import { createHash } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import type { RunEvent } from "#ship/rehearsal";
import { job, printed, run, step } from "./fixture.ts";

const workflow = (steps: string, head = "") => `
on: push
jobs:
  a:
    runs-on: ubuntu-latest
${head}
    steps:
${steps}
`;

describe("a run step", () => {
  it("stops at the first error, and in a pipe only where bash is named", async () => {
    const result = await run(
      workflow(`
      - { id: plain, run: 'false | true' }
      - { id: named, shell: bash, continue-on-error: true, run: 'false | true' }
      - { id: stops, continue-on-error: true, run: "false\\necho never" }
`),
    );
    expect(step(result, "a", "plain").outcome).toBe("success");
    expect(step(result, "a", "named")).toMatchObject({ outcome: "failure", conclusion: "success" });
    expect(step(result, "a", "stops").log).not.toContain("never");
    expect(result.result).toBe("success");
  });

  it("runs in the folder that the step or the defaults name", async () => {
    const result = await run(
      workflow(
        `
      - { working-directory: ., run: mkdir -p sub/deep }
      - { run: basename $PWD }
      - { working-directory: sub/deep, run: basename $PWD }
      - { id: gone, working-directory: gone, continue-on-error: true, run: 'true' }
`,
        "    defaults: { run: { working-directory: sub } }",
      ),
    );
    expect(printed(result, "a").split("\n").slice(0, 2)).toEqual(["sub", "deep"]);
    expect(step(result, "a", "gone").annotations[0]?.message).toBe(
      "the working directory 'gone' does not exist",
    );
  });

  it("changes the environment and PATH of later steps only", async () => {
    const result = await run(
      workflow(`
      - run: |
          mkdir bin && printf '#!/bin/sh\\necho tool' > bin/tool && chmod +x bin/tool
          echo "$PWD/bin" >> $GITHUB_PATH
          echo "COLOUR=red" >> $GITHUB_ENV
          echo "now \${COLOUR:-unset}"
      - run: tool; echo "then $COLOUR"
`),
    );
    expect(printed(result, "a")).toBe("now unset\ntool\nthen red");
  });

  it("fails with the runner's words when it writes a broken command file", async () => {
    const result = await run(workflow("      - { id: s, run: 'echo nonsense >> $GITHUB_OUTPUT' }"));
    expect(step(result, "a", "s").outcome).toBe("failure");
    expect(step(result, "a", "s").annotations.map(({ message }) => message)).toEqual([
      "Unable to process file command 'output' successfully.",
      "Invalid format 'nonsense'",
    ]);
  });

  it("is skipped, with its outputs empty, when its condition does not hold", async () => {
    const result = await run(
      workflow(`
      - { id: s, if: "github.ref == 'refs/heads/other'", run: 'exit 1' }
      - { if: "!cancelled() && steps.s.outcome == 'skipped'", run: 'echo "[\${{ steps.s.outputs.x }}]"' }
      - { id: literal, if: "\${{ false }} || false", run: echo a text is true }
      - { id: fails, run: exit 1 }
      - { id: implied, if: true, run: echo never }
`),
    );
    expect(step(result, "a", "s").conclusion).toBe("skipped");
    expect(printed(result, "a")).toContain("[]\na text is true");
    expect(step(result, "a", "implied").conclusion).toBe("skipped");
  });

  it("fails when it takes longer than its limit, and the job goes on to what asks for failures", async () => {
    const result = await run(
      workflow(`
      - { id: slow, timeout-minutes: 0.003, run: exec sleep 20 }
      - { if: failure(), run: echo after }
`),
      { timings: { interrupt: 200, terminate: 200 } },
    );
    expect(step(result, "a", "slow").outcome).toBe("failure");
    expect(step(result, "a", "slow").annotations.at(-1)?.message).toBe(
      "The action 'Run exec sleep 20' has timed out after 0.003 minutes.",
    );
    expect(printed(result, "a")).toContain("after");
  });

  it("hashes files of the workspace", async () => {
    const result = await run(
      workflow(`
      - run: mkdir d && printf one > d/a.lock && printf two > b.lock
      - run: echo "\${{ hashFiles('**/*.lock', '!b.lock') }} [\${{ hashFiles('none') }}]"
`),
    );
    const inner = createHash("sha256").update("one").digest();
    expect(printed(result, "a")).toBe(`${createHash("sha256").update(inner).digest("hex")} []`);
  });
});

describe("what a step prints", () => {
  it("is read for workflow commands", async () => {
    const result = await run(
      workflow(`
      - id: s
        run: |
          echo "::error file=a.ts,line=3,title=Bad%2C really::first%0Asecond"
          echo "::warning::w"
          echo "::group::details"
          echo "::debug::hidden"
          echo "::endgroup::"
          echo "::set-output name=x::old"
          echo "::stop-commands::token-1"
          echo "::error::not a command"
          echo "::token-1::"
          echo "::notice::n"
`),
    );
    const { annotations, log, outputs, outcome } = step(result, "a", "s");
    expect(
      annotations.map(({ level, message }) => [level, message.split(" ").slice(0, 3).join(" ")]),
    ).toEqual([
      ["error", "first\nsecond"],
      ["warning", "w"],
      ["warning", "The `set-output` command"],
      ["notice", "n"],
    ]);
    expect(annotations[0]?.properties).toEqual({ file: "a.ts", line: "3", title: "Bad, really" });
    expect(log).toContain("##[group]details");
    expect(log).toContain("::error::not a command");
    expect(log.join()).not.toContain("hidden");
    expect({ outputs, outcome }).toEqual({ outputs: {}, outcome: "success" });
  });

  it("never shows a secret: not in the log, an annotation, the summary or an event", async () => {
    const events: RunEvent[] = [];
    const secret = "first-line-s3cret\nsecond-line-s3cret";
    const result = await run(
      workflow(`
      - id: s
        env: { KEY: '\${{ secrets.KEY }}' }
        run: |
          echo "$KEY"
          echo "::error::holds \${KEY##*
          }"
          echo "::add-mask::later-s3cret"
          echo "later-s3cret and second-line-s3cret"
          echo "$KEY" >> $GITHUB_STEP_SUMMARY
          echo "name=later-s3cret" >> $GITHUB_OUTPUT
`),
      { secrets: { KEY: secret }, listener: (event) => events.push(event) },
    );
    expect(step(result, "a", "s").log).toContain("*** and ***");
    expect(step(result, "a", "s").annotations[0]?.message).toBe("holds ***");
    expect(JSON.stringify([result, events])).not.toContain("s3cret");
  });

  it("cuts an annotation at 4096 characters and refuses a summary over 1 MiB", async () => {
    const result = await run(
      workflow(`
      - id: s
        run: |
          echo "::error::$(head -c 5000 /dev/zero | tr '\\0' x)"
          head -c 1048577 /dev/zero | tr '\\0' y >> $GITHUB_STEP_SUMMARY
`),
    );
    const { annotations, summary, outcome } = step(result, "a", "s");
    expect(annotations[0]?.message).toHaveLength(4096);
    expect(annotations[1]?.message).toContain("supports content up to a size of 1024k, got 1024k");
    expect({ summary, outcome }).toEqual({ summary: "", outcome: "success" });
  });

  it("reaches the listener in order while the job runs", async () => {
    const kinds: string[] = [];
    const result = await run(workflow("      - run: echo hello"), {
      listener: ({ kind }) => kinds.push(kind),
    });
    expect(kinds).toEqual(["job-started", "step-started", "log", "step-ended", "job-ended"]);
    expect(job(result, "a").started).toBeLessThanOrEqual(job(result, "a").ended);
  });
});

describe("artifacts", () => {
  it("go from one job to another", async () => {
    const result = await run(`
on: push
jobs:
  make:
    runs-on: x
    steps:
      - run: mkdir -p out/deep && echo report > out/deep/r.txt && echo top > out/t.txt
      - { uses: actions/upload-artifact@v5, with: { name: reports, path: out } }
  read:
    needs: make
    runs-on: x
    steps:
      - { uses: actions/download-artifact@v5, with: { name: reports, path: got } }
      - run: cat got/deep/r.txt got/t.txt
      - { id: missing, continue-on-error: true, uses: actions/download-artifact@v5, with: { name: none } }
`);
    expect(printed(result, "read")).toContain("report\ntop");
    expect(step(result, "read", "missing").annotations[0]?.message).toContain(
      "Artifact not found for name: none",
    );
  });
});
