import { expect, it } from "@jest/globals";
import { push } from "./events.ts";
import { tagsOf } from "./planning.ts";

it.each([
  ["{{date 'YYYYMMDD'}}", "20261127"],
  ['{{date "YYYY.MM.DD"}}', "2026.11.27"],
  ["{{date 'YY-M-D'}}", "26-11-27"],
  ["{{date 'YYYYMMDD-HHmmss'}}", "20261127-190509"],
  ["{{date 'hmmA'}}", "705PM"],
  ["{{date 'DDDD'}}", "331"],
  ["{{date 'YYYYDDD'}}", "2026331"],
  ["{{date 'X'}}", "1795806309"],
  ["{{date 'Q'}}", "4"],
  ["{{date 'GGGG-WW'}}", "2026-48"],
  ["{{date 'dddd'}}", "Friday"],
  ["{{date 'YYYY-DDDo'}}", "2026-331st"],
  ["{{date 'Mo'}}", "11th"],
  ["{{date 'Do-wo-Wo-Qo-do'}}", "27th-48th-48th-4th-5th"],
  ["{{date 'e.E'}}", "5.5"],
  ["{{date 'gg.GG.Y'}}", "26.26.2026"],
  ["{{date 'HHmmss.S_SS_SSS_SSSS'}}", "190509.0_00_000_0000"],
  ["{{date 'YYYY[e]MM[gg]DD'}}", "2026e11gg27"],
  ["{{date 'MMM-MMMM-ddd-dd-d'}}", "Nov-November-Fri-Fr-5"],
  ["{{date '[week]W'}}", "week48"],
  ["{{date 'YYYYMMDD' tz='Asia/Tokyo'}}", "20261128"],
  ["{{date 'YYYYMMDDHHmm' tz='America/New_York'}}", "202611271405"],
  ["{{date 'YYYYMMDDHHmm' tz='Asia/Kathmandu'}}", "202611280050"],
  ["{{commit_date 'YYYYMMDD'}}", "20261120"],
  ["{{commit_date 'YYYYMMDD' tz='Europe/Berlin'}}", "20261121"],
])("%s is %s", async (expression, written) => {
  expect(await tagsOf(push("main"), `type=raw,value=${expression}`)).toBe(written);
});
