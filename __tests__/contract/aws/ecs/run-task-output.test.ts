import { afterEach, describe, expect, it } from "@jest/globals";
import { type Alteration, always, lacks, otherEndpoint, without } from "../../../support/other-endpoint.ts";
import { exits, quoted, taskOnly, writeJob } from "./run-task-world.ts";
import { endOf } from "./trouble.ts";
import { type World, type WorldOptions, world } from "./world.ts";

let shop: World;
afterEach(async () => {
  expect(shop.aws.violations).toEqual([]);
  await shop.close();
});

async function run(options: WorldOptions = {}, members: object = {}, change = {}) {
  shop = await world(options);
  shop.runtime.script("job:1", exits(0, "first", "second"));
  return () =>
    shop.deploy({ ...writeJob(shop, { job: { image: "job:1", ...members } }), ...taskOnly(change) });
}

describe("the output of a one-off task", () => {
  it("is waited for when its stream appears late, also after the task has ended", async () => {
    const job = await run({ streamDelayMilliseconds: 28_000 });
    const end = await job();
    expect(endOf(end)).toBe("task-succeeded");
    expect(quoted(end)).toEqual(["quote: job │ first", "quote: job │ second"]);
  });

  it("is missing for good where nothing was written, which is said", async () => {
    const job = await run();
    shop.runtime.script("job:1", exits(0));
    const end = await job();
    expect(endOf(end)).toBe("task-succeeded");
    expect(end.log.join("\n")).toMatch(
      /job has no output in the stream ecs\/job\/[0-9a-f]{32} of \/ecs\/shop/,
    );
  });

  it("that may not be read is said once, and the verdict stands", async () => {
    const job = await run();
    shop.aws.faults.add({ action: "GetLogEvents", fault: { kind: "denied" } });
    const end = await job();
    expect(endOf(end)).toBe("task-succeeded");
    const said = end.log.filter((line) => line.includes("logs:GetLogEvents"));
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/^warning: The output of job cannot be shown: .*AccessDenied/);
  });

  it("lost to an outage holds up nothing", async () => {
    const job = await run();
    const begun = shop.time.now();
    shop.aws.faults.add({ action: "GetLogEvents", fault: { kind: "server-error", status: 503 } });
    const end = await job();
    expect(endOf(end)).toBe("task-succeeded");
    expect(shop.time.now() - begun).toBeLessThan(180_000);
  });

  it("that an outage interrupts is shown once it is over, each line once", async () => {
    const job = await run();
    shop.aws.faults.add({ action: "GetLogEvents", times: 3, fault: { kind: "server-error", status: 503 } });
    const end = await job();
    expect(quoted(end)).toEqual(["quote: job │ first", "quote: job │ second"]);
  });

  it("of another log driver is named as what cannot be shown", async () => {
    const job = await run({}, { logConfiguration: { logDriver: "awsfirelens", options: {} } });
    const end = await job();
    expect(endOf(end)).toBe("task-succeeded");
    expect(end.log.join("\n")).toContain("its log driver is awsfirelens, and only awslogs can be read here");
  });

  it("is not asked for when nobody wants it", async () => {
    const job = await run({}, {}, { logs: "none" });
    expect(endOf(await job())).toBe("task-succeeded");
    expect(shop.aws.calls.of("logs")).toEqual([]);
  });

  it("of a sidecar that took the main container down is among the details", async () => {
    shop = await world();
    shop.runtime.script("proxy:1", exits(7, "no certificate"));
    const file = writeJob(shop, { job: { image: "job:1" }, proxy: { image: "proxy:1" } });
    const end = await shop.deploy({ ...file, ...taskOnly() });
    expect(endOf(end)).toBe("failed TASK_FAILED");
    expect(end.outcome.failure?.details.join("\n")).toMatch(
      /Last lines of container proxy, task [0-9a-f]{32}:\n {2}no certificate/,
    );
  });

  it.each(["none", "follow"] as const)(
    "is in the details of a failure, in the number asked for: logs %s",
    async (logs) => {
      shop = await world();
      shop.runtime.script("job:1", exits(1, "one", "two", "three"));
      const file = writeJob(shop, { job: { image: "job:1" } });
      const end = await shop.deploy({ ...file, ...taskOnly({ logs }), logLines: 2 });
      expect(quoted(end)).toHaveLength(logs === "none" ? 0 : 3);
      expect(end.outcome.failure?.details.slice(-2)).toEqual(["  two", "  three"]);
      expect(end.outcome.failure?.details).not.toContain("  one");
    },
  );
});

describe("an endpoint that is not quite AWS's", () => {
  const events = [{ message: "first" }, { message: "second" }];
  it.each<[string, Alteration[]]>([
    ["gives no tokens with output", [without("GetLogEvents", "nextForwardToken", "nextBackwardToken")]],
    [
      "gives one token, and everything each time",
      [always("GetLogEvents", { events, nextForwardToken: "f/0" })],
    ],
    [
      "tells of a started task little more than its ARN",
      [without("RunTask", "containers", "desiredStatus", "failures")],
    ],
    [
      "tells of a task where it stands, and of containers how they ended",
      [
        without(
          "DescribeTasks",
          "desiredStatus",
          "stopCode",
          "stoppedReason",
          "createdAt",
          "startedBy",
          "failures",
        ),
      ],
    ],
    ["lists no tasks", [lacks("ListTasks")]],
  ])("has each line shown once, and the verdict: it %s", async (_what, alterations) => {
    const job = await run();
    const front = await otherEndpoint(String(shop.aws.environment()["AWS_ENDPOINT_URL"]), ...alterations);
    process.env["AWS_ENDPOINT_URL"] = front.url;
    try {
      const end = await job();
      expect(endOf(end)).toBe("task-succeeded");
      expect(end.outputs["run-task-exit-code"]).toBe(0);
      expect(quoted(end)).toEqual(["quote: job │ first", "quote: job │ second"]);
    } finally {
      await front.close();
    }
  });
});
