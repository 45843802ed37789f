import { describe, expect, it } from "vitest";
import { languages, type Message, translate } from "../../src/lib/i18n";
import { messages } from "../../src/messages";
import { serverTexts } from "../../src/messages/server";

const texts = (entry: Message[keyof Message]): string[] =>
  typeof entry === "string" ? [entry] : [entry.one, entry.other];
const names = (text: string): string[] =>
  [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? "").sort();

describe("messages", () => {
  it.each(Object.entries<Message>({ ...messages, ...serverTexts }))(
    "%s says the same in every language",
    (_key, message) => {
      const shapes = languages.map((language) =>
        texts(message[language]).map((text) => [...new Set(names(text))]),
      );
      for (const shape of shapes) expect(shape).toEqual(shapes[0]);
      for (const language of languages)
        for (const text of texts(message[language])) expect(text.trim()).not.toBe("");
    },
  );

  it("puts values into a text and groups numbers", () => {
    expect(translate("en", messages["progress.of"], { value: 1200, of: 5000 })).toBe("1,200 of 5,000");
    expect(translate("de", messages["progress.of"], { value: 1200, of: 5000 })).toBe("1.200 von 5.000");
  });

  it("chooses the plural by the count", () => {
    const faces = messages["subjects.faces"];
    expect(translate("en", faces, { count: 1 })).toBe("1 face");
    expect(translate("en", faces, { count: 0 })).toBe("0 faces");
    expect(translate("de", faces, { count: 2 })).toBe("2 Gesichter");
  });
});
