import { computed, effect, signal } from "@preact/signals";
import { type MessageKey, type Messages, messages } from "../messages";
import { readStored, store } from "./storage";

export const languages = ["en", "de"] as const;
export type Language = (typeof languages)[number];

type Plural = { readonly one: string; readonly other: string };
export type Message = Readonly<Record<Language, string>> | Readonly<Record<Language, Plural>>;

/** The names in braces of a text: `"{a} of {b}"` has `a` and `b`. */
type Names<Text> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type Text<Key extends MessageKey> = Messages[Key]["en"] extends Plural
  ? Messages[Key]["en"]["other"]
  : Messages[Key]["en"];
type Values<Key extends MessageKey> = { readonly [Name in Names<Text<Key>>]: string | number };
/** A message with plural forms takes `count`, and shows it grouped. */
type Arguments<Key extends MessageKey> =
  Names<Text<Key>> extends never
    ? Messages[Key]["en"] extends Plural
      ? [{ readonly count: number }]
      : []
    : [Values<Key>];

/** The messages that are one text without values: titles, for instance. */
export type PlainKey = { [Key in MessageKey]: Arguments<Key> extends [] ? Key : never }[MessageKey];

export const language = signal<Language>(initialLanguage());

function initialLanguage(): Language {
  const wanted = readStored("language") ?? (typeof navigator === "undefined" ? "en" : navigator.language);
  return wanted.startsWith("de") ? "de" : "en";
}

export function setLanguage(next: Language): void {
  language.value = next;
  store("language", next);
}

if (typeof document !== "undefined") {
  effect(() => {
    document.documentElement.lang = language.value;
  });
}

/** The text of a message in the chosen language. Components that call it are drawn again when it changes. */
export function t<Key extends MessageKey>(key: Key, ...[values]: Arguments<Key>): string {
  return translate(language.value, messages[key], values as Record<string, string | number> | undefined);
}

/** The text of one message in one language. */
export function translate(
  wanted: Language,
  message: Message,
  values: Readonly<Record<string, string | number>> = {},
): string {
  const entry = message[wanted];
  const text = typeof entry === "string" ? entry : entry[plural(wanted, Number(values.count ?? 0))];
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? value.toLocaleString(wanted) : value;
  });
}

function plural(wanted: Language, count: number): "one" | "other" {
  return new Intl.PluralRules(wanted).select(count) === "one" ? "one" : "other";
}

/** How numbers and times are written: as in the browser's region where that speaks the chosen language. */
export const locale = computed(() => {
  const own = typeof navigator === "undefined" ? "" : navigator.language;
  if (own.startsWith(language.value)) return own;
  return language.value === "en" ? "en-GB" : language.value;
});

const formats = computed(() => {
  const wanted = locale.value;
  return {
    number: new Intl.NumberFormat(wanted, { maximumFractionDigits: 2 }),
    compact: new Intl.NumberFormat(wanted, { notation: "compact", maximumFractionDigits: 1 }),
    percent: new Intl.NumberFormat(wanted, { style: "percent", maximumFractionDigits: 1 }),
    date: new Intl.DateTimeFormat(wanted, { dateStyle: "medium" }),
    shortDate: new Intl.DateTimeFormat(wanted, { day: "numeric", month: "short" }),
    dateTime: new Intl.DateTimeFormat(wanted, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" }),
    time: new Intl.DateTimeFormat(wanted, { timeStyle: "medium", hourCycle: "h23" }),
    relative: new Intl.RelativeTimeFormat(wanted, { numeric: "auto" }),
  };
});

/** Numbers and times as the chosen language writes them. Times are shown in the browser's time zone. */
export const format = {
  number: (value: number): string => formats.value.number.format(value),
  compact: (value: number): string => formats.value.compact.format(value),
  percent: (value: number): string => formats.value.percent.format(value),
  date: (at: string | Date): string => formats.value.date.format(new Date(at)),
  /** Without the year where that is the present one. */
  shortDate: (at: string | Date): string =>
    new Date(at).getFullYear() === new Date().getFullYear()
      ? formats.value.shortDate.format(new Date(at))
      : formats.value.date.format(new Date(at)),
  dateTime: (at: string | Date): string => formats.value.dateTime.format(new Date(at)),
  time: (at: string | Date): string => formats.value.time.format(new Date(at)),
  /** "3 minutes ago". */
  ago: (at: string | Date, now = Date.now()): string => {
    const seconds = Math.round((new Date(at).getTime() - now) / 1000);
    for (const [unit, length] of units) {
      if (Math.abs(seconds) >= length)
        return formats.value.relative.format(Math.trunc(seconds / length), unit);
    }
    return formats.value.relative.format(0, "second");
  },
  bytes: (value: number): string => {
    const power = value < 1 ? 0 : Math.min(4, Math.floor(Math.log10(value) / 3));
    const shown = value / 1000 ** power;
    return `${shown.toLocaleString(locale.value, { maximumFractionDigits: shown < 10 ? 1 : 0 })} ${sizes[power]}`;
  },
  milliseconds: (value: number): string =>
    value < 1000
      ? `${value.toLocaleString(locale.value, { maximumFractionDigits: value < 10 ? 1 : 0 })} ms`
      : `${(value / 1000).toLocaleString(locale.value, { maximumFractionDigits: 2 })} s`,
  /** `1:02:03` or `2:03`. */
  duration: (seconds: number): string => {
    const whole = Math.round(seconds);
    const parts = [Math.floor(whole / 60) % 60, whole % 60].map((part) => String(part).padStart(2, "0"));
    const hours = Math.floor(whole / 3600);
    return hours > 0 ? `${hours}:${parts.join(":")}` : parts.join(":").replace(/^0(\d)/, "$1");
  },
};

const sizes = ["B", "kB", "MB", "GB", "TB"];
const units: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 5],
];
