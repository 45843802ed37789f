import { serverTexts } from "../messages/server";
import { language, type Message, translate } from "./i18n";

/** The English wordings, as patterns of which the groups are named like the values. */
const known = Object.values<Message>(serverTexts).flatMap((message) =>
  typeof message.en === "string" ? [{ message, pattern: patternOf(message.en) }] : [],
);

function patternOf(text: string): RegExp {
  const escaped = text.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replace(/\{(\w+)\}/g, "(?<$1>[^,]+)")}$`);
}

/** A text of the server in the chosen language; as it is where it is not known. It may stand as a sentence. */
export function said(text: string): string {
  const words = text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, "");
  for (const { message, pattern } of known) {
    const found = pattern.exec(words) ?? pattern.exec(text);
    if (found) return translate(language.value, message, found.groups);
  }
  return text;
}

/** The same for a text of several parts with commas between them. */
export function saidInParts(text: string): string {
  return text.split(", ").map(said).join(", ");
}
