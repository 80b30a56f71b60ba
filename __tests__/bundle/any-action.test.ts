import { describe, expect, it } from "@jest/globals";
import { runPostAlone, runStep } from "./runner-step.ts";

const plan = { action: "build-image", inputs: { images: "ghcr.io/octo/shop", "dry-run": "true" } };

describe("any action", () => {
  it("does nothing in its post step when its main step never began", async () => {
    const post = await runPostAlone(plan);
    expect(post).toMatchObject({ exitCode: 0, outputs: {}, summary: "", errors: [] });
  });

  it("stays a success when the job summary cannot be written, and says so", async () => {
    const step = await runStep({ ...plan, environment: { GITHUB_STEP_SUMMARY: "/nowhere/summary.md" } });
    expect(step).toMatchObject({ exitCode: 0, outputs: { result: "planned" } });
    expect(step.stdout).toMatch(/::warning::The job summary could not be written: .*summary\.md/);
  });

  it("says last what to change, however long the list of problems and however slow its reader", async () => {
    const unknown = Array.from({ length: 2_000 }, (_, index) => [
      `no-such-input-of-this-action-${index}`,
      "x",
    ]);
    const step = await runStep({ ...plan, inputs: { ...plan.inputs, ...Object.fromEntries(unknown) } });
    expect(step.errors).toHaveLength(1);
    expect(step.errors[0]).toMatch(/— Correct the listed inputs under `with:`; nothing has been changed\.$/);
    expect(step.stdout).toContain("no-such-input-of-this-action-1999 is not an input");
  });
});
