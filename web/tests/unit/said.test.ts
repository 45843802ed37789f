import { afterEach, describe, expect, test } from "vitest";
import { language } from "../../src/lib/i18n";
import { said, saidInParts } from "../../src/lib/said";

const errors = Object.values(
  import.meta.glob<string>("../../../crates/video/src/error.rs", {
    query: "?raw",
    import: "default",
    eager: true,
  }),
).join("\n");
const models = Object.values(
  import.meta.glob<string>("../../../models/*.toml", { query: "?raw", import: "default", eager: true }),
).join("\n");

/** Every text that a source of the server has in the quotes that `pattern` finds. */
function texts(source: string, pattern: RegExp): string[] {
  return [...source.matchAll(pattern)].flatMap(([, text]) => text ?? []);
}

describe("what the server says", () => {
  afterEach(() => {
    language.value = "en";
  });

  test("is said in the chosen language", () => {
    language.value = "de";
    expect(said("ffmpeg is not installed")).toBe("ffmpeg ist nicht installiert");
    expect(said("nothing came for 20 s")).toBe("seit 20 s kam nichts");
    expect(saidInParts("1×3×64×64 RGB, x/255, one eye")).toBe("1×3×64×64 RGB, x/255, ein Auge");
    language.value = "en";
    expect(said("nothing came for 20 s")).toBe("nothing came for 20 s");
  });

  test("is shown as it is where it is not known", () => {
    language.value = "de";
    expect(said("trained by us")).toBe("trained by us");
  });

  test("is known of cameras", () => {
    language.value = "de";
    const written = [
      ...texts(errors, /#\[error\("([^"]+)"\)\]/g),
      ...texts(errors, /=> "([^"]+)"/g),
      ...texts(errors, /\|\| "([^"]+)"/g),
    ];
    expect(written.length).toBeGreaterThan(15);
    for (const text of written)
      expect(said(text.replace("{0}", "9")), text).not.toBe(text.replace("{0}", "9"));
  });

  test("is known of the models", () => {
    language.value = "de";
    const from = texts(models, /^provenance = "([^"]+)"/gm);
    expect(from.length).toBeGreaterThan(15);
    for (const text of from) expect(said(text), text).not.toBe(text);
    // What is left of the inputs in the other language is numbers, formulas and the order of colours.
    for (const text of texts(models, /^input = "([^"]+)"/gm)) {
      expect(saidInParts(text), text).not.toMatch(
        /\b(the|of|at|to|box|boxes|eye|eyes|chip|frames|grey|level)\b/,
      );
    }
  });
});
