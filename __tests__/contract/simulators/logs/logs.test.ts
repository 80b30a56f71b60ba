import { beforeEach, describe, expect, it } from "@jest/globals";
import { type ManualClock, manualClock } from "#ship/kit";
import { createLogs, type Logs } from "#ship/simulators";
import { call, refusal } from "../calls.ts";

const place = { logGroupName: "/shop", logStreamName: "api/api/1" };

describe("the simulated CloudWatch Logs", () => {
  let clock: ManualClock;
  let logs: Logs;

  beforeEach(() => {
    clock = manualClock();
    logs = createLogs({
      clock,
      region: "eu-central-1",
      accountId: "123456789012",
      streamDelayMilliseconds: 5_000,
    });
  });

  const write = (...messages: readonly string[]) => {
    for (const message of messages) logs.write("/shop", "api/api/1", message, clock.now());
  };
  const get = (more: object = {}) => call(logs, "GetLogEvents", { ...place, ...more });
  const messages = (answer: { readonly [member: string]: unknown }) => {
    if (!Array.isArray(answer["events"])) throw new Error("no events");
    return answer["events"].map((event: { message: string }) => event.message);
  };

  it("shows a container's stream only some time after its first line, then with all of it", async () => {
    expect(await refusal(logs, "GetLogEvents", place)).toBe(
      "ResourceNotFoundException: The specified log group does not exist.",
    );
    write("starting");
    expect(await refusal(logs, "GetLogEvents", place)).toBe(
      "ResourceNotFoundException: The specified log stream does not exist.",
    );
    expect(await call(logs, "DescribeLogStreams", { logGroupName: "/shop" })).toEqual({ logStreams: [] });

    await clock.advance(5_000);
    write("ready");
    expect(messages(await get({ startFromHead: true }))).toEqual(["starting", "ready"]);
    expect(await call(logs, "DescribeLogStreams", { logGroupName: "/shop" })).toMatchObject({
      logStreams: [{ logStreamName: "api/api/1", lastEventTimestamp: clock.now() }],
    });
  });

  it("reads forward from the head until the same token comes back, and later finds what came since", async () => {
    write("1", "2", "3");
    await clock.advance(5_000);

    const first = await get({ startFromHead: true, limit: 2 });
    const second = await get({ limit: 2, nextToken: first["nextForwardToken"] });
    const drained = await get({ limit: 2, nextToken: second["nextForwardToken"] });
    expect([first, second, drained].map(messages)).toEqual([["1", "2"], ["3"], []]);
    expect(drained["nextForwardToken"]).toBe(second["nextForwardToken"]);
    expect(second["nextForwardToken"]).not.toBe(first["nextForwardToken"]);
    write("4");
    expect(messages(await get({ nextToken: drained["nextForwardToken"] }))).toEqual(["4"]);
  });

  it("reads backward from the newest", async () => {
    write("1", "2", "3");
    await clock.advance(5_000);

    const newest = await get({ limit: 2 });
    const older = await get({ limit: 2, nextToken: newest["nextBackwardToken"] });
    const edge = await get({ nextToken: older["nextBackwardToken"] });
    expect([newest, older, edge].map(messages)).toEqual([["2", "3"], ["1"], []]);
    expect(edge["nextBackwardToken"]).toBe(older["nextBackwardToken"]);
  });

  it("waits at an empty stream with a token that finds its first events", async () => {
    await call(logs, "CreateLogGroup", { logGroupName: "/shop" });
    await call(logs, "CreateLogStream", place);

    const empty = await get({ startFromHead: true });
    await call(logs, "PutLogEvents", { ...place, logEvents: [{ timestamp: clock.now(), message: "first" }] });
    expect(messages(empty)).toEqual([]);
    expect(messages(await get({ nextToken: empty["nextForwardToken"] }))).toEqual(["first"]);
  });

  it("keeps events in the order of their time within the asked range", async () => {
    logs.write("/shop", "api/api/1", "late", 2_000);
    logs.write("/shop", "api/api/1", "early", 1_000);
    await clock.advance(5_000);

    expect(messages(await get({ startFromHead: true }))).toEqual(["early", "late"]);
    expect(messages(await get({ startTime: 1_000, endTime: 2_000 }))).toEqual(["early"]);
  });

  it.each([
    ["ERROR", ["ERROR db down", "ERROR timeout db"]],
    ["ERROR db", ["ERROR db down", "ERROR timeout db"]],
    ['"db down"', ["ERROR db down"]],
    ["?WARN ?timeout", ["WARN slow", "ERROR timeout db"]],
    ["ERROR -timeout", ["ERROR db down"]],
    ["error", []],
    ["", ["ERROR db down", "WARN slow", "ERROR timeout db"]],
  ])("filters by %s", async (filterPattern, expected) => {
    write("ERROR db down", "WARN slow");
    logs.write("/shop", "api/api/2", "ERROR timeout db", clock.now() + 1);
    await clock.advance(5_000);

    expect(messages(await call(logs, "FilterLogEvents", { logGroupName: "/shop", filterPattern }))).toEqual(
      expected,
    );
  });

  it("pages through filtered events and keeps to the named streams", async () => {
    write("1", "2");
    logs.write("/shop", "other", "3", clock.now());
    await clock.advance(5_000);

    const first = await call(logs, "FilterLogEvents", {
      logGroupName: "/shop",
      limit: 1,
      logStreamNamePrefix: "api/",
    });
    const rest = await call(logs, "FilterLogEvents", {
      logGroupName: "/shop",
      logStreamNamePrefix: "api/",
      nextToken: first["nextToken"],
    });
    expect([messages(first), messages(rest)]).toEqual([["1"], ["2"]]);
    expect(rest).not.toHaveProperty("nextToken");
  });

  it("refuses what exists twice, is out of order, or is a pattern it does not know", async () => {
    await call(logs, "CreateLogGroup", { logGroupName: "/shop" });
    await call(logs, "CreateLogStream", place);
    const unordered = [
      { timestamp: 2, message: "b" },
      { timestamp: 1, message: "a" },
    ];

    expect(await refusal(logs, "CreateLogGroup", { logGroupName: "/shop" })).toMatch(
      /^ResourceAlreadyExistsException: .*group/,
    );
    expect(await refusal(logs, "CreateLogStream", place)).toMatch(
      /^ResourceAlreadyExistsException: .*stream/,
    );
    expect(await refusal(logs, "PutLogEvents", { ...place, logEvents: unordered })).toMatch(
      /chronological order/,
    );
    expect(
      await refusal(logs, "FilterLogEvents", { logGroupName: "/shop", filterPattern: "{ $.a = 1 }" }),
    ).toMatch(/^InvalidParameterException: Invalid filter pattern/);
    expect(await refusal(logs, "GetLogEvents", { ...place, nextToken: "x" })).toMatch(/nextToken is invalid/);
  });
});
