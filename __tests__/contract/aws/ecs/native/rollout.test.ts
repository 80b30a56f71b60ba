import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type RolloutReport, type RolloutSettings, rollOut, settle } from "#ship/delivery";
import { type Clock, recordingLog, ShipError } from "#ship/kit";
import { settings } from "../../../../unit/delivery/canary.ts";
import { createWorld, type WorldOptions } from "../../../../unit/delivery/world.ts";
import { afterShift, beforeShift, canary, minute, pause, type World, world } from "./world.ts";

let shop: World;
beforeEach(async () => {
  shop = await world();
});
afterEach(async () => {
  await shop.aws.close();
  expect(shop.aws.violations).toEqual([]);
});

interface Driven {
  readonly report: RolloutReport;
  readonly log: readonly string[];
  readonly unsettled: readonly boolean[];
}

type Interfere = (driver: { readonly cancel: () => void }) => void | Promise<void>;

/** Leads the deployment under way with traffic of its own; `interfere` is called whenever time has moved. */
async function drive(
  traffic: Omit<WorldOptions, "clock"> = {},
  changes: Partial<RolloutSettings> = {},
  interfere: Interfere = () => {},
): Promise<Driven> {
  const { target } = await shop.open();
  const { metrics, written } = createWorld({ ...traffic, clock: shop.time });
  const log = recordingLog();
  const controller = new AbortController();
  const safeguards = new Set<() => Promise<void>>();
  const unsettled: boolean[] = [];
  const driver = {
    cancel() {
      if (controller.signal.aborted) return;
      for (const makeSafe of safeguards) makeSafe().catch(() => {});
      controller.abort(new ShipError("CANCELLED", "The runner asked this step to stop."));
    },
  };
  const clock: Clock = {
    now: shop.clock.now,
    async sleep(milliseconds, signal) {
      await shop.clock.sleep(milliseconds, signal);
      await interfere(driver);
      signal?.throwIfAborted();
    },
  };
  const report = await rollOut(
    { ...settings, steps: "auto", ...changes },
    {
      target: {
        ...target,
        async route(split, signal) {
          await target.route(split, signal);
          written.push({ at: clock.now(), share: split.canary });
        },
      },
      metrics,
      clock,
      log,
      signal: controller.signal,
      onCancel(makeSafe) {
        safeguards.add(makeSafe);
        return () => void safeguards.delete(makeSafe);
      },
      unsettled: (isUnsettled) => void unsettled.push(isUnsettled),
    },
  );
  return { report, log: log.lines, unsettled };
}

const bad = { canary: () => ({ errors: 0.2 }) };
const status = async (arn: string) => (await shop.deployment(arn)).status;
const share = () => shop.weights()["green"];
const allStable = { blue: 100, green: 0 };
const allCanary = { blue: 0, green: 100 };
const minutes = ({ begun, ended }: RolloutReport) => (ended - begun) / minute;

describe("a rollout whose traffic Amazon ECS moves", () => {
  it("is let on step by step on evidence, and promoted when Amazon ECS has finished", async () => {
    const arn = await shop.deploy("web:2");
    const { report, log, unsettled } = await drive();
    expect(report).toMatchObject({ result: "promoted", share: 1, step: 2, stepCount: 2, failure: undefined });
    expect(report.weights.map((weight) => weight.share)).toEqual([0.1, 1]);
    expect(shop.weights()).toEqual(allCanary);
    expect(await status(arn)).toBe("SUCCESSFUL");
    expect(shop.changes()).toEqual({ ContinueServiceDeployment: 2 });
    expect(unsettled).toEqual([true, false]);
    expect(log.join("\n")).toMatch(/hold: Amazon ECS is at BAKE_TIME|hold: Amazon ECS is at CLEAN_UP/);
  });

  it("is taken back while Amazon ECS still bakes, at the first evidence", async () => {
    const arn = await shop.deploy("web:2");
    const { report, unsettled } = await drive(bad);
    expect(report).toMatchObject({ result: "rolled-back", share: 0, step: 1 });
    expect(report.reason).toMatch(/^errors against stable: canary/);
    expect(report.steps[0]?.ended).toBeLessThan((report.steps[0]?.begun ?? 0) + 6 * minute);
    expect(await status(arn)).toBe("ROLLBACK_SUCCESSFUL");
    expect(shop.weights()).toEqual(allStable);
    expect(shop.changes()).toEqual({ ContinueServiceDeployment: 1, StopServiceDeployment: 1 });
    expect(unsettled).toEqual([true, false]);
  });

  it("is taken back out of the bake at 100 %", async () => {
    const arn = await shop.deploy("web:2");
    const { report } = await drive({ canary: (since) => ({ errors: since > 15 * minute ? 0.2 : 0.01 }) });
    expect(report).toMatchObject({ result: "rolled-back", share: 0, step: 2 });
    expect(await status(arn)).toBe("ROLLBACK_SUCCESSFUL");
    expect(shop.weights()).toEqual(allStable);
  });

  it("holds at the pause for as long as evidence is missing, and takes it back then", async () => {
    const arn = await shop.deploy("web:2");
    const { report } = await drive({ hasMetrics: () => false });
    expect(report).toMatchObject({ result: "inconclusive", share: 0, step: 1 });
    expect(minutes(report)).toBeGreaterThan(15);
    expect(await status(arn)).toBe("ROLLBACK_SUCCESSFUL");
    expect(shop.changes()).toMatchObject({ ContinueServiceDeployment: 1 });
  });

  it("is stopped before Amazon ECS leaves the last step by time, when too little is known by then", async () => {
    const arn = await shop.deploy("web:2");
    const { report } = await drive({ hasMetrics: (since) => since < 12 * minute });
    expect(report).toMatchObject({ result: "inconclusive", share: 0, step: 2 });
    expect(await status(arn)).toBe("ROLLBACK_SUCCESSFUL");
  });

  it("goes through LINEAR steps, each with an answer of its own", async () => {
    const linear = {
      strategy: "LINEAR",
      bakeTimeInMinutes: 10,
      linearConfiguration: { stepPercent: 40, stepBakeTimeInMinutes: 5 },
      lifecycleHooks: [pause(beforeShift)],
    };
    await shop.deploy("web:2", linear);
    const { report } = await drive();
    expect(report).toMatchObject({ result: "promoted", step: 3 });
    expect(report.weights.map((weight) => weight.share)).toEqual([0.4, 0.8, 1]);
    expect(shop.changes()).toEqual({ ContinueServiceDeployment: 3 });
  });

  it("is judged at the pause after a BLUE_GREEN shift before Amazon ECS bakes it", async () => {
    const hooks = ["POST_TEST_TRAFFIC_SHIFT", afterShift].map((stage) => pause(stage, 60));
    const blueGreen = { strategy: "BLUE_GREEN", bakeTimeInMinutes: 0, lifecycleHooks: hooks };
    const arn = await shop.deploy("web:2", blueGreen);
    const { report } = await drive();
    expect(report).toMatchObject({ result: "promoted", step: 1 });
    expect(report.judgement?.requests).toBeGreaterThan(50);
    expect(await status(arn)).toBe("SUCCESSFUL");

    const worse = await shop.deploy("web:3", blueGreen);
    expect((await drive(bad)).report).toMatchObject({ result: "rolled-back", share: 0 });
    expect(await status(worse)).toBe("ROLLBACK_SUCCESSFUL");
  });

  it("is watched and taken back also where no hook holds it", async () => {
    const free = { ...canary, lifecycleHooks: [] };
    await shop.deploy("web:2", free);
    const { report, log } = await drive();
    expect(report).toMatchObject({ result: "promoted", step: 2 });
    expect(log.join("\n")).toContain("Amazon ECS goes on from 10 % by itself");
    expect(shop.changes()).toEqual({});
    const worse = await shop.deploy("web:3", free);
    expect((await drive(bad)).report).toMatchObject({ result: "rolled-back", share: 0, step: 1 });
    expect(await status(worse)).toBe("ROLLBACK_SUCCESSFUL");
  });

  it("only reports in observe mode, and still waits for Amazon ECS", async () => {
    const arn = await shop.deploy("web:2");
    const { report } = await drive(bad, { mode: "observe" });
    expect(report).toMatchObject({ result: "promoted", share: 1 });
    expect(report.wouldHave).toContain("errors against stable");
    expect(await status(arn)).toBe("SUCCESSFUL");
  });

  it("holds while Amazon ECS does not answer, and goes on after that", async () => {
    await shop.deploy("web:2");
    let isCut = false;
    const { report, log } = await drive({}, {}, () => {
      if (isCut || share() !== 10) return;
      isCut = true;
      shop.aws.faults.add({
        action: "DescribeServiceDeployments",
        times: 12,
        fault: { kind: "server-error" },
      });
    });
    expect(log.join("\n")).toContain(
      "The platform could not be asked where it is; the step is held meanwhile",
    );
    expect(report.result).toBe("promoted");
  });

  it("is unchanged when there is nothing left to shift", async () => {
    const { report } = await drive();
    expect(report).toMatchObject({ result: "unchanged", share: 1 });
    expect(shop.changes()).toEqual({});
  });
});

describe("a rollout that is refused before anything is shifted", () => {
  it("was asked for steps that Amazon ECS does not go through", async () => {
    const arn = await shop.deploy("web:2");
    const steps = [{ share: 0.05, duration: 600_000 }, { share: 1 }];
    await expect(drive({}, { steps })).rejects.toMatchObject({
      code: "INPUT_INVALID",
      message:
        'steps is "5@10 min,100", but the platform moves the traffic by itself in the steps 10,100, and knows how long each lasts.',
    });
    expect(await status(arn)).toBe("IN_PROGRESS");
    expect((await drive({}, { steps: [{ share: 0.1 }, { share: 1 }] })).report.result).toBe("promoted");
  });

  it("could never be judged at 100 %", async () => {
    const arn = await shop.deploy("web:2", { ...canary, bakeTimeInMinutes: 1 });
    await expect(drive()).rejects.toMatchObject({
      code: "CANARY_INCONCLUSIVE",
      message: expect.stringContaining("At 100 % the platform goes on after 1 min by itself"),
    });
    expect(shop.changes()).toEqual({});
    await shop.until("the hook to time out", async () => (await status(arn)) === "ROLLBACK_SUCCESSFUL");
  });
});

describe("a rollout that others end", () => {
  it("is cancelled with one call, and seen to be back by a later process", async () => {
    const arn = await shop.deploy("web:2");
    const { report, unsettled } = await drive({}, {}, ({ cancel }) => {
      if (share() === 10) cancel();
    });
    expect(report).toMatchObject({ result: "cancelled", failure: { kind: "cancelled" } });
    expect(shop.changes()).toEqual({ ContinueServiceDeployment: 1, StopServiceDeployment: 1 });
    expect(unsettled.at(-1)).toBe(true);

    const log = recordingLog();
    const { target } = await shop.open(arn);
    await settle(target, { clock: shop.clock, log, budget: 10 * minute });
    expect(await status(arn)).toBe("ROLLBACK_SUCCESSFUL");
    expect(shop.weights()).toEqual(allStable);
    expect(shop.changes()).toMatchObject({ StopServiceDeployment: 1 });
    await settle(target, { clock: shop.clock, log, budget: 10 * minute });
    expect(log.lines.at(-1)).toBe("info: All traffic is at web:1.");
  });

  it("says with whose words somebody else rolled it back", async () => {
    const arn = await shop.deploy("web:2");
    let isAsked = false;
    const { report } = await drive({}, {}, async () => {
      if (isAsked || share() !== 10) return;
      isAsked = true;
      await shop.aws.call("ecs", "StopServiceDeployment", { serviceDeploymentArn: arn });
    });
    expect(report).toMatchObject({ result: "rolled-back", share: 0 });
    expect(report.failure?.message).toMatch(/^Amazon ECS took web:2 back\./);
    expect(await status(arn)).toBe("ROLLBACK_SUCCESSFUL");
  });

  it("gives way to a newer deployment and leaves it alone", async () => {
    await shop.deploy("web:2");
    let newer: string | undefined;
    const { report, unsettled } = await drive({}, {}, async () => {
      if (newer !== undefined || share() !== 10) return;
      newer = "";
      newer = await shop.deploy("web:3");
    });
    expect(report).toMatchObject({
      result: "failed",
      failure: { code: "DEPLOYMENT_SUPERSEDED", kind: "conflict" },
    });
    expect(unsettled.at(-1)).toBe(false);
    expect(shop.changes()).toEqual({ ContinueServiceDeployment: 1 });
    expect(await status(newer ?? "")).toBe("IN_PROGRESS");
  });
});

describe("a rollout whose runner dies", () => {
  /** A process that never does anything again once the canary has so much of the traffic. */
  const dieAt = (percent: number) =>
    new Promise<void>((dead) => {
      const die = () => new Promise<void>(() => dead());
      void drive({}, {}, () => (share() === percent ? die() : undefined));
    });

  it("is brought back by Amazon ECS itself, because nobody answers the hook", async () => {
    const arn = await shop.deploy("web:2");
    await dieAt(10);
    await shop.until("the rollback", async () => (await status(arn)) === "ROLLBACK_SUCCESSFUL");
    expect(shop.weights()).toEqual(allStable);
    expect(shop.changes()).toEqual({ ContinueServiceDeployment: 1 });
  });

  it("goes on where it stands when it is run again", async () => {
    const arn = await shop.deploy("web:2");
    await dieAt(10);
    const { report, log } = await drive();
    expect(report).toMatchObject({ result: "promoted", step: 2, share: 1 });
    expect(log.join("\n")).toContain(
      "web:2 has 10 % of the traffic from an earlier rollout; it goes on from there.",
    );
    expect(await status(arn)).toBe("SUCCESSFUL");
  });
});
