import { messages } from "../messages";
import { type PlainKey, t } from "./i18n";

type Group = "medium_state" | "medium_error" | "watch_state" | "emotion" | "gender" | "task" | "threshold";

/** The word for what the API names by a code, the code itself where there is none. */
export function wordFor(group: Group, code: string): string {
  const key = `${group}.${code}`;
  return isKnown(key) ? t(key) : code;
}

function isKnown(key: string): key is Extract<PlainKey, `${Group}.${string}`> {
  return key in messages;
}

/** A camera's id in few characters: clients number cameras, and a number is the end of a UUID of zeros. */
export function shortCameraId(id: string): string {
  const digits = id.replaceAll("-", "").replace(/^0+/, "");
  return digits.length <= 8 ? String(Number.parseInt(digits || "0", 16)) : id.slice(0, 8);
}

/** The colour token of an emotion. */
export function emotionColour(name: string): string {
  return COLOURS[name] ?? "c6";
}

const COLOURS: Record<string, string> = {
  joy: "c2",
  surprise: "c5",
  neutral: "line-strong",
  sadness: "c1",
  fear: "c3",
  anger: "bad",
  disgust: "c4",
};
