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
 * Writes a time in the format language of Moment (momentjs.com/docs, "Format"), which metadata-action's users write.
 * Day.js leaves some of it as it stands; that is added here.
 */
export function formatDate(date: Date, format: string, timeZone: string): string {
  const local = dayjs(date).tz(timeZone);
  return local.format(
    format.replace(tokens, (token) => {
      const written = missingFromDayjs(token, local);
      return written === undefined ? token : `[${written}]`;
    }),
  );
}

/** Moment's tokens, the longest first, so that none is taken out of another's middle. */
const tokens =
  /\[[^\]]*\]|Mo|MM?M?M?|Do|DDDo|DD?D?D?|do|d?d?d?d|wo|ww?|Wo|WW?|Qo|gggg|gg|GGGG|GG|YYYYYY|YYYYY|YYYY|YY|Y|S{1,9}|[eEQ]/g;

function missingFromDayjs(token: string, local: dayjs.Dayjs): string | number | undefined {
  switch (token) {
    case "DDD":
      return dayOfYear(local);
    case "DDDD":
      return String(dayOfYear(local)).padStart(3, "0");
    case "DDDo":
      return ordinal(dayOfYear(local));
    case "Mo":
      return ordinal(local.month() + 1);
    case "Qo":
      return ordinal(Math.floor(local.month() / 3) + 1);
    case "do":
      return ordinal(local.day());
    case "Wo":
      return ordinal(local.isoWeek());
    case "wo":
      return ordinal(local.week());
    case "e":
      return local.day();
    case "E":
      return local.isoWeekday();
    case "gg":
      return lastTwo(local.weekYear());
    case "GG":
      return lastTwo(local.isoWeekYear());
    case "Y":
      return local.year();
    case "YYYYY":
      return String(local.year()).padStart(5, "0");
    case "YYYYYY":
      return `+${String(local.year()).padStart(6, "0")}`;
    default:
      return /^S+$/.test(token) ? fraction(local.millisecond(), token.length) : undefined;
  }
}

function dayOfYear(local: dayjs.Dayjs): number {
  const [first, today] = [Date.UTC(local.year(), 0, 1), Date.UTC(local.year(), local.month(), local.date())];
  return Math.round((today - first) / dayMilliseconds) + 1;
}

function lastTwo(year: number): string {
  return String(year % 100).padStart(2, "0");
}

/** Tenths, hundredths, thousandths and so on of a second. */
function fraction(milliseconds: number, digits: number): string {
  return String(milliseconds).padStart(3, "0").padEnd(digits, "0").slice(0, digits);
}

/** English, as Moment writes it: 1st, 2nd, 3rd, 4th, 11th. */
function ordinal(count: number): string {
  const isTeen = Math.floor((count % 100) / 10) === 1;
  const ending = isTeen ? undefined : ["th", "st", "nd", "rd"][count % 10];
  return `${count}${ending ?? "th"}`;
}
