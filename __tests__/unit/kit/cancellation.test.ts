import { EventEmitter } from "node:events";
import { describe, expect, it } from "@jest/globals";
import { createCancellation, isShipError } from "#ship/kit";

describe("a cancellation", () => {
  it("makes production safe before anything else learns of it", () => {
    const runner = new EventEmitter();
    const cancellation = createCancellation(runner);
    const order: string[] = [];
    cancellation.onCancel(async () => {
      order.push("stable = 100 %");
    });
    cancellation.signal.addEventListener("abort", () => order.push("unwind"));
    runner.emit("SIGINT");
    expect(order).toEqual(["stable = 100 %", "unwind"]);
    expect(isShipError(cancellation.signal.reason) && cancellation.signal.reason.code).toBe("CANCELLED");
  });

  it("acts once, however many signals follow", () => {
    const runner = new EventEmitter();
    const cancellation = createCancellation(runner);
    let acts = 0;
    cancellation.onCancel(async () => {
      acts += 1;
    });
    runner.emit("SIGINT");
    runner.emit("SIGTERM");
    runner.emit("SIGINT");
    expect(acts).toBe(1);
  });

  it("makes production safe as well when the step breaks off on an error that nobody caught", () => {
    const runner = new EventEmitter();
    const cancellation = createCancellation(runner);
    let stableShare = 95;
    cancellation.onCancel(async () => {
      stableShare = 100;
    });
    runner.emit("uncaughtException", new Error("write EPIPE"));
    expect(stableShare).toBe(100);
    expect(cancellation.signal.reason).toMatchObject({
      code: "CANCELLED",
      message: "This step broke off on an unforeseen error: write EPIPE.",
    });
  });

  it("does not act for what has been withdrawn, and reports what failed", async () => {
    const runner = new EventEmitter();
    const cancellation = createCancellation(runner);
    const withdraw = cancellation.onCancel(() => Promise.reject(new Error("withdrawn")));
    cancellation.onCancel(() => Promise.reject(new Error("AccessDenied")));
    withdraw();
    runner.emit("SIGTERM");
    expect(await cancellation.settled()).toEqual(["AccessDenied"]);
  });
});
