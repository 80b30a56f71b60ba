import { describe, expect, it } from "@jest/globals";
import { formatDuration, formatShare, parseDuration, parseShare } from "#ship/kit";

describe("durations", () => {
  it.each([
    ["90s", 90_000],
    ["10m", 600_000],
    ["1h30m", 5_400_000],
    ["500ms", 500],
    ["1.5h", 5_400_000],
    ["2d", 172_800_000],
    ["30", 30_000],
    ["0", 0],
    [" 10 m ", 600_000],
    ["5M", 300_000],
  ])("reads %j as %d ms", (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each(["", "soon", "10x", "-5s", "m", "1m-", "1,5m"])("refuses %j", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it.each([
    [0, "0 ms"],
    [850, "850 ms"],
    [12_340, "12.3 s"],
    [59_400, "59.4 s"],
    [59_800, "1 min"],
    [65_000, "1 min 5 s"],
    [3_600_000, "1 h"],
    [3_725_000, "1 h 2 min"],
  ])("writes %d ms as %j", (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});

describe("shares", () => {
  it.each([
    ["5%", 0.05],
    ["0.05", 0.05],
    [".5 %", 0.005],
    ["5", 0.05],
    ["100%", 1],
    ["0", 0],
  ])("reads %j as %d", (text, share) => {
    expect(parseShare(text)).toBeCloseTo(share, 12);
  });

  it.each(["1", "101%", "-1%", "five", "5%%", ""])("refuses %j", (text) => {
    expect(parseShare(text)).toBeUndefined();
  });

  it("writes a fraction as a percentage", () => {
    expect(formatShare(0.0512)).toBe("5.12 %");
  });
});
