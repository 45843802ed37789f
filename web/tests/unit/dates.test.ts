import { describe, expect, test } from "vitest";
import { dateText } from "../../src/lib/dates";

describe("a date field", () => {
  test("shows its day as the language writes it", () => {
    expect(dateText("date", "2026-06-03", "de", "de")).toBe("03.06.2026");
    expect(dateText("date", "2026-06-03", "en-GB", "en")).toBe("03/06/2026");
    expect(dateText("date", "2026-06-03", "en-US", "en")).toBe("06/03/2026");
  });

  test("shows its time on a clock of 24 hours", () => {
    expect(dateText("datetime-local", "2026-06-03T00:05", "de", "de")).toBe("03.06.2026, 00:05");
    expect(dateText("datetime-local", "2026-06-03T14:05", "en-US", "en")).toBe("06/03/2026, 14:05");
  });

  test("shows how a date is written where there is none", () => {
    expect(dateText("date", "", "de", "de")).toBe("TT.MM.JJJJ");
    expect(dateText("date", "", "en-US", "en")).toBe("mm/dd/yyyy");
    expect(dateText("datetime-local", "", "de", "de")).toBe("TT.MM.JJJJ, --:--");
    expect(dateText("date", "0000-99-99", "en-GB", "en")).toBe("dd/mm/yyyy");
  });
});
