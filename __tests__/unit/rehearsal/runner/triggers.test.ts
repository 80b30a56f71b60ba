import { describe, expect, it } from "@jest/globals";
import { checkWorkflow, type WorkflowOptions } from "#ship/rehearsal";
import { options, printed, run } from "./fixture.ts";

interface Case {
  readonly on: string;
  readonly ref?: string;
  readonly event?: WorkflowOptions["event"];
}

function starts({ on, ref = "refs/heads/main", event = { name: "push" } }: Case): boolean {
  const text = `on:\n${on}\njobs: { a: { runs-on: x, steps: [{ run: true }] } }`;
  const given = options({ ".github/workflows/main.yml": text }, { event });
  try {
    checkWorkflow({ ...given, repository: { ...given.repository, ref } });
    return true;
  } catch {
    return false;
  }
}

describe("an event starts a workflow", () => {
  it("by its name", () => {
    expect(starts({ on: "  [push, pull_request]" })).toBe(true);
    expect(starts({ on: "  push:\n  workflow_dispatch:" })).toBe(true);
    expect(starts({ on: "  pull_request:" })).toBe(false);
  });

  it("when the branch matches and no later pattern takes it back", () => {
    const on = "  push: { branches: [main, 'releases/**', '!releases/old/**', 'v[0-9].?x'] }";
    expect(starts({ on })).toBe(true);
    expect(starts({ on, ref: "refs/heads/releases/1/a" })).toBe(true);
    expect(starts({ on, ref: "refs/heads/releases/old/a" })).toBe(false);
    expect(starts({ on, ref: "refs/heads/v1x" })).toBe(true);
    expect(starts({ on, ref: "refs/heads/mainly" })).toBe(false);
    expect(starts({ on, ref: "refs/tags/main" })).toBe(false);
  });

  it("when the tag matches and no branch does", () => {
    const on = "  push: { tags: ['v*'] }";
    expect(starts({ on, ref: "refs/tags/v1.2.0" })).toBe(true);
    expect(starts({ on, ref: "refs/tags/v1/2" })).toBe(false);
    expect(starts({ on })).toBe(false);
  });

  it("when a changed path matches", () => {
    const on = "  push: { paths: ['src/**', '!**.md'] }";
    const event = (path: string) => ({
      name: "push",
      payload: { commits: [{ added: [], modified: [path], removed: [] }] },
    });
    expect(starts({ on, event: event("src/a.ts") })).toBe(true);
    expect(starts({ on, event: event("src/a.md") })).toBe(false);
    expect(starts({ on, event: event("docs/a.ts") })).toBe(false);
  });

  it("when a pull request's base and activity match", () => {
    const on = "  pull_request: { branches: [main] }";
    const event = (action: string, ref: string) => ({
      name: "pull_request",
      payload: { action, pull_request: { base: { ref } } },
    });
    expect(starts({ on, event: event("opened", "main") })).toBe(true);
    expect(starts({ on, event: event("closed", "main") })).toBe(false);
    expect(starts({ on, event: event("opened", "next") })).toBe(false);
  });
});

describe("inputs of a dispatch", () => {
  const text = `
on:
  workflow_dispatch:
    inputs:
      dry: { type: boolean, default: true }
      size: { type: number, default: 3 }
      where: { type: choice, options: [dev, prod], default: dev }
      note: { required: true }
jobs:
  show:
    runs-on: x
    steps: [{ run: 'echo "\${{ inputs.dry && 1 }} \${{ inputs.size > 2 }} \${{ inputs.where }} \${{ inputs.note }} \${{ github.event.inputs.note }}"' }]
`;
  const event = { name: "workflow_dispatch" };

  it("are typed and take their defaults", async () => {
    expect(printed(await run(text, { event, inputs: { note: "hi" } }), "show")).toBe("1 true dev hi hi");
    const given = { note: "hi", dry: "false", size: "1", where: "prod" };
    expect(printed(await run(text, { event, inputs: given }), "show")).toBe("false false prod hi hi");
  });

  it("are all checked before anything runs", async () => {
    await expect(run(text, { event, inputs: { dry: "maybe", where: "mars", nope: 1 } })).rejects.toThrow(
      [
        ".github/workflows/main.yml:2:1: unknown input 'nope'. Declared: dry, size, where, note",
        ".github/workflows/main.yml:2:1: input 'dry' is 'maybe'; accepted: true or false",
        ".github/workflows/main.yml:2:1: input 'where' is 'mars'; accepted: dev, prod",
        ".github/workflows/main.yml:2:1: input 'note' is required and was not given",
      ].join("\n"),
    );
  });
});
