import { describe, expect, it } from "@jest/globals";
import {
  manualClock,
  type PipelineOptions,
  recordingLog,
  runPipeline,
  ShipError,
  type Step,
} from "#ship/kit";

/** A small world that steps change, so that tests can look at what is left of it. */
function world() {
  const things = new Set<string>();
  const thing = (
    name: string,
    trouble: { readonly run?: Error; readonly undo?: Error; readonly verify?: string } = {},
  ): Step => ({
    name,
    verify: async () => (trouble.verify ? [trouble.verify] : []),
    plan: async () => `would make ${name}`,
    async run() {
      things.add(name);
      if (trouble.run) throw trouble.run;
      return `made ${name}`;
    },
    async undo() {
      if (trouble.undo) throw trouble.undo;
      things.delete(name);
    },
  });
  return { things, thing };
}

function options(more: Partial<PipelineOptions> = {}): PipelineOptions {
  return {
    mode: "apply",
    clock: manualClock(),
    log: recordingLog(),
    signal: new AbortController().signal,
    ...more,
  };
}

const outcomes = (steps: readonly { readonly name: string; readonly outcome: string }[]) =>
  steps.map(({ name, outcome }) => `${name} ${outcome}`);

describe("a pipeline", () => {
  it("runs its steps in order and reports each", async () => {
    const { things, thing } = world();
    const report = await runPipeline([thing("image"), thing("service")], options());
    expect(report.failure).toBeUndefined();
    expect(report.steps.map(({ detail }) => detail)).toEqual(["made image", "made service"]);
    expect([...things]).toEqual(["image", "service"]);
  });

  it("reports all problems of all steps before anything runs", async () => {
    const { things, thing } = world();
    const report = await runPipeline(
      [
        thing("image", { verify: "no Dockerfile" }),
        thing("service", { verify: "no cluster" }),
        thing("rule"),
      ],
      options(),
    );
    expect(report.failure?.details).toEqual(["image: no Dockerfile", "service: no cluster"]);
    expect(outcomes(report.steps)).toEqual(["image not-run", "service not-run", "rule not-run"]);
    expect(things.size).toBe(0);
  });

  it("undoes everything in reverse when a step fails, the failed step included", async () => {
    const { things, thing } = world();
    const log = recordingLog();
    const failure = new ShipError("DEPLOYMENT_FAILED", "no task became healthy");
    const report = await runPipeline(
      [thing("image"), thing("service", { run: failure }), thing("rule")],
      options({ log }),
    );
    expect(report.failure).toBe(failure);
    expect(outcomes(report.steps)).toEqual(["image undone", "service failed", "rule not-run"]);
    expect(things.size).toBe(0);
    expect(log.lines.filter((line) => line.includes("Undo"))).toEqual([
      "group: Undo: service",
      "group: Undo: image",
    ]);
  });

  it("says what it could not undo, and still undoes the rest", async () => {
    const { things, thing } = world();
    const report = await runPipeline(
      [
        thing("image"),
        thing("rule", { undo: new Error("AccessDenied") }),
        thing("service", { run: new Error("boom") }),
      ],
      options(),
    );
    expect(report.failure?.code).toBe("UNDO_INCOMPLETE");
    expect(report.failure?.message).toBe("boom Not undone: rule: AccessDenied");
    expect(outcomes(report.steps)).toEqual(["image undone", "rule not-undone", "service failed"]);
    expect([...things]).toEqual(["rule"]);
  });

  it("undoes when it is cancelled between steps", async () => {
    const { things, thing } = world();
    const controller = new AbortController();
    const cancel: Step = {
      name: "cancel",
      async run() {
        controller.abort(new ShipError("CANCELLED", "stop"));
        return undefined;
      },
    };
    const report = await runPipeline(
      [thing("image"), cancel, thing("service")],
      options({ signal: controller.signal }),
    );
    expect(report.failure?.kind).toBe("cancelled");
    expect(things.size).toBe(0);
  });

  it("changes nothing in a dry run and says what it would do", async () => {
    const { things, thing } = world();
    const report = await runPipeline([thing("image"), thing("service")], options({ mode: "plan" }));
    expect(report.steps.map(({ detail }) => detail)).toEqual(["would make image", "would make service"]);
    expect(things.size).toBe(0);
  });
});
