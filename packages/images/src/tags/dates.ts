import dayjs from "dayjs";
import advancedFormat from "dayjs/plugin/advancedFormat.js";
import isoWeek from "dayjs/plugin/isoWeek.js";
import timezone from "dayjs/plugin/timezone.js";
import utc from "dayjs/plugin/utc.js";
import weekOfYear from "dayjs/plugin/weekOfYear.js";
import weekYear from "dayjs/plugin/weekYear.js";

for (const plugin of [utc, timezone, isoWeek, weekOfYear, weekYear, advancedFormat]) dayjs.extend(plugin);

const dayMilliseconds = 86_400_000;

/** Whether the time zone is one of the IANA database that this runtime knows. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/**
 * Writes a time in the format language of Moment, which metadata-action's users write.
 * Day.js knows all of it that makes sense in a tag but the day of the year, which is added here.
 */
export function formatDate(date: Date, format: string, timeZone: string): string {
  const local = dayjs(date).tz(timeZone);
  const dayOfYear =
    Math.round(
      (Date.UTC(local.year(), local.month(), local.date()) - Date.UTC(local.year(), 0, 1)) / dayMilliseconds,
    ) + 1;
  const known = format.replace(/\[[^\]]*\]|D{3,4}/g, (token) => {
    if (token.startsWith("[")) return token;
    return `[${token.length === 4 ? String(dayOfYear).padStart(3, "0") : dayOfYear}]`;
  });
  return local.format(known);
}
