import type { Language } from "./i18n";

export type DateKind = "date" | "datetime-local";

const options: Record<DateKind, Intl.DateTimeFormatOptions> = {
  date: { day: "2-digit", month: "2-digit", year: "numeric" },
  "datetime-local": {
    day: "2-digit",
    month: "2-digit",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  },
};

/** The letters that stand for what is to be written. */
const letters: Record<Language, Partial<Record<Intl.DateTimeFormatPartTypes, string>>> = {
  en: { day: "dd", month: "mm", year: "yyyy", hour: "--", minute: "--" },
  de: { day: "TT", month: "MM", year: "JJJJ", hour: "--", minute: "--" },
};

/** What a date field holds, as the locale writes it; how it is written there where the field is empty. */
export function dateText(kind: DateKind, value: string, locale: string, language: Language): string {
  const format = new Intl.DateTimeFormat(locale, options[kind]);
  // Without a time the day would be taken for one of UTC.
  const date = new Date(kind === "date" && value !== "" ? `${value}T00:00` : value);
  if (!Number.isNaN(date.getTime())) return format.format(date);
  const parts = format.formatToParts(new Date());
  return parts.map((part) => letters[language][part.type] ?? part.value).join("");
}
