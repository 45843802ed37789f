import type { Language } from "./i18n";

/** A day as `2026-06-03`, or a minute of a day as `2026-06-03T14:05`, both of the browser's time zone. */
export type DateKind = "day" | "minute";

const day: Intl.DateTimeFormatOptions = { day: "2-digit", month: "2-digit", year: "numeric" };
const options: Record<DateKind, Intl.DateTimeFormatOptions> = {
  day,
  minute: { ...day, hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
};

/** The letters that stand for what is to be written. */
const letters: Record<Language, Partial<Record<Intl.DateTimeFormatPartTypes, string>>> = {
  en: { day: "dd", month: "mm", year: "yyyy", hour: "--", minute: "--" },
  de: { day: "TT", month: "MM", year: "JJJJ", hour: "--", minute: "--" },
};

/** What a date field holds, as the locale writes it; empty where it holds nothing. */
export function dateText(kind: DateKind, value: string, locale: string): string {
  // Without a time the day would be taken for one of UTC.
  const date = new Date(kind === "day" ? `${value}T00:00` : value);
  return Number.isNaN(date.getTime()) ? "" : new Intl.DateTimeFormat(locale, options[kind]).format(date);
}

/** How the locale writes a date: `dd/mm/yyyy`. */
export function dateForm(kind: DateKind, locale: string, language: Language): string {
  const parts = new Intl.DateTimeFormat(locale, options[kind]).formatToParts(new Date());
  return parts.map((part) => letters[language][part.type] ?? part.value).join("");
}

/**
 * What somebody wrote into a date field, as the field holds it: empty where they wrote nothing, `null` where it is no
 * date. The order is the locale's, or year, month and day. A day without a time is its first minute, or its last.
 */
export function readDate(kind: DateKind, text: string, locale: string, isEnd = false): string | null {
  if (text.trim() === "") return "";
  // Halves of days and time zones would change what the numbers mean.
  if (/\p{L}/u.test(text.replace(/\dT\d/, ""))) return null;
  const numbers = text.match(/\d+/g) ?? [];
  const order = numbers[0]?.length === 4 ? ["year", "month", "day"] : orderOf(locale);
  const part = (name: string) => numbers[order.indexOf(name)] ?? "";
  if (
    part("year").length !== 4 ||
    part("year") > latestYear ||
    part("month").length > 2 ||
    part("day").length > 2
  )
    return null;
  const read = `${part("year")}-${part("month").padStart(2, "0")}-${part("day").padStart(2, "0")}`;
  if (addDays(read, 0) !== read) return null;
  if (kind === "day") return numbers.length === 3 ? read : null;
  if (numbers.length === 3) return `${read}T${isEnd ? "23:59" : "00:00"}`;
  const [hour = "", minute = ""] = numbers.slice(3);
  const isTime = numbers.length === 5 && /^([01]?\d|2[0-3])$/.test(hour) && /^[0-5]\d$/.test(minute);
  return isTime ? `${read}T${hour.padStart(2, "0")}:${minute}` : null;
}

/** Beyond it lie typing errors, and years that a calendar cannot write. */
const latestYear = "2999";

function orderOf(locale: string): string[] {
  const parts = new Intl.DateTimeFormat(locale, options.day).formatToParts(new Date());
  return parts.map((part) => part.type).filter((type) => type !== "literal");
}

/** The day so many days later; an empty text for what is no day. */
export function addDays(from: string, count: number): string {
  const date = new Date(`${from}T00:00Z`);
  if (Number.isNaN(date.getTime())) return "";
  date.setUTCDate(date.getUTCDate() + count);
  return date.toISOString().slice(0, 10);
}

/** The same day so many months later, or the last of that month. */
export function addMonths(from: string, count: number): string {
  const date = new Date(`${from}T00:00Z`);
  const wanted = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + count + 1, 0);
  date.setUTCDate(Math.min(wanted, date.getUTCDate()));
  return date.toISOString().slice(0, 10);
}

/** The weeks that a day's month touches, each from the first day of a week: 1 is Monday, 7 is Sunday. */
export function weeksAround(within: string, firstDay: number): string[][] {
  const first = `${within.slice(0, 7)}-01`;
  const next = addMonths(first, 1);
  const weeks: string[][] = [];
  for (let at = startOfWeek(first, firstDay); at < next; at = addDays(at, 7)) {
    const start = at;
    weeks.push([0, 1, 2, 3, 4, 5, 6].map((offset) => addDays(start, offset)));
  }
  return weeks;
}

/** The first day of a day's week. */
export function startOfWeek(within: string, firstDay: number): string {
  const weekday = new Date(`${within}T00:00Z`).getUTCDay();
  return addDays(within, -((weekday - firstDay + 7) % 7));
}

/** The day that weeks begin with where the locale is spoken: 1 is Monday, 7 is Sunday. */
export function firstDayOf(locale: string): number {
  const known = new Intl.Locale(locale) as Intl.Locale & { getWeekInfo?: () => { firstDay: number } };
  return known.getWeekInfo?.().firstDay ?? 1;
}

/** The present day in the browser's time zone. */
export function today(): string {
  const now = new Date();
  return new Date(Date.UTC(now.getFullYear(), now.getMonth(), now.getDate())).toISOString().slice(0, 10);
}
