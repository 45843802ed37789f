import { ApiError } from "../api/client";
import { messages } from "../messages";
import { type PlainKey, t } from "./i18n";
import { said } from "./said";

/** A sentence for the user about what went wrong. */
export function errorText(error: unknown): string {
  if (error instanceof ApiError) {
    if (error.code === "too_many_attempts" && error.retryAfter !== null) {
      return t("error.too_many_attempts_wait", { count: Math.ceil(error.retryAfter / 60) });
    }
    const key = `error.${error.code}`;
    if (isPlainMessage(key)) return t(key);
    return sentence(said(error.message));
  }
  return error instanceof Error ? sentence(error.message) : t("error.unknown");
}

/** What is wrong with one field, where the error is about that one. */
export function fieldError(error: unknown, field: string): string | null {
  return error instanceof ApiError && error.field === field ? sentence(said(error.message)) : null;
}

function isPlainMessage(key: string): key is PlainKey & `error.${string}` {
  return key in messages && key.startsWith("error.") && key !== "error.too_many_attempts_wait";
}

/** A text with a capital at its beginning and a full stop at its end. */
export function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
