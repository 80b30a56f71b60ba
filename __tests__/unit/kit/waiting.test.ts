import { describe, expect, it } from "@jest/globals";
import { manualClock, poll, type RetryVerdict, retry, retryAfter } from "#ship/kit";

const policy = { attempts: 4, baseMilliseconds: 100, capMilliseconds: 300, budgetMilliseconds: 60_000 };

function failing(times: number) {
  let calls = 0;
  return {
    calls: () => calls,
    work: async () => {
      calls += 1;
      if (calls <= times) throw new Error(`attempt ${calls}`);
      return "done";
    },
  };
}

describe("retrying", () => {
  it("waits at most a doubling, capped ceiling between attempts", async () => {
    const clock = manualClock();
    const { work } = failing(3);
    const waits: number[] = [];
    const answer = await clock.runUntil(
      retry(work, {
        clock,
        policy,
        judge: () => "retry",
        random: () => 0.999,
        onRetry: (_, __, wait) => waits.push(Math.round(wait)),
      }),
    );
    expect(answer).toBe("done");
    expect(waits).toEqual([100, 200, 300]);
  });

  it("throws the last error when the attempts are used up", async () => {
    const clock = manualClock();
    const { work, calls } = failing(9);
    await expect(clock.runUntil(retry(work, { clock, policy, judge: () => "retry" }))).rejects.toThrow(
      "attempt 4",
    );
    expect(calls()).toBe(4);
  });

  it("stays longer in a queue than it stands an outage, but not for one who wants a single attempt", async () => {
    const clock = manualClock();
    const inQueue = (attempts: number) => ({
      clock,
      policy: { ...policy, attempts, attemptsInQueue: 9 },
      judge: () => "queue" as const,
    });
    await expect(clock.runUntil(retry(failing(8).work, inQueue(4)))).resolves.toBe("done");
    await expect(clock.runUntil(retry(failing(9).work, inQueue(4)))).rejects.toThrow("attempt 9");
    await expect(retry(failing(9).work, inQueue(1))).rejects.toThrow("attempt 1");
    const without = { clock, policy, judge: () => "queue" as const };
    await expect(clock.runUntil(retry(failing(9).work, without))).rejects.toThrow("attempt 4");
  });

  it("never repeats what the judge gives up on", async () => {
    const clock = manualClock();
    const { work, calls } = failing(9);
    await expect(retry(work, { clock, policy, judge: () => "give-up" })).rejects.toThrow("attempt 1");
    expect(calls()).toBe(1);
  });

  it("waits at least as long as the server asks, and gives up when that exceeds the budget", async () => {
    const clock = manualClock();
    const begun = clock.now();
    const judge = (wait: number) => (): RetryVerdict => ({ afterMilliseconds: wait });
    await clock.runUntil(retry(failing(1).work, { clock, policy, judge: judge(5_000), random: () => 0 }));
    expect(clock.now() - begun).toBe(5_000);
    await expect(retry(failing(1).work, { clock, policy, judge: judge(61_000) })).rejects.toThrow(
      "attempt 1",
    );
  });

  it("stops at once when cancelled while waiting", async () => {
    const clock = manualClock();
    const controller = new AbortController();
    const work = retry(failing(9).work, {
      clock,
      policy,
      judge: () => "retry",
      signal: controller.signal,
      random: () => 0.5,
    });
    controller.abort(new Error("cancelled"));
    await expect(work).rejects.toThrow("cancelled");
  });

  it.each([
    ["3", 3_000],
    ["Thu, 01 Jan 2026 00:00:10 GMT", 10_000],
    ["Wed, 31 Dec 2025 00:00:00 GMT", 0],
    ["soon", undefined],
    [null, undefined],
  ])("reads Retry-After %j as %j ms", (header, wait) => {
    expect(retryAfter(header, Date.UTC(2026, 0, 1))).toBe(wait);
  });
});

describe("polling", () => {
  it("asks at once, then at a fixed interval, and a last time at the deadline", async () => {
    const clock = manualClock(0);
    const asked: number[] = [];
    const work = poll<string>(
      async () => {
        asked.push(clock.now());
        return undefined;
      },
      {
        clock,
        everyMilliseconds: 5_000,
        timeoutMilliseconds: 12_000,
        onTimeout: () => new Error("too late"),
      },
    );
    await expect(clock.runUntil(work)).rejects.toThrow("too late");
    expect(asked).toEqual([0, 5_000, 10_000, 12_000]);
  });

  it("answers as soon as there is something to answer", async () => {
    const clock = manualClock(0);
    const work = poll(async () => (clock.now() >= 6_000 ? "stable" : undefined), {
      clock,
      everyMilliseconds: 5_000,
      timeoutMilliseconds: 60_000,
      onTimeout: () => new Error("too late"),
    });
    expect(await clock.runUntil(work)).toBe("stable");
    expect(clock.now()).toBe(10_000);
  });
});
