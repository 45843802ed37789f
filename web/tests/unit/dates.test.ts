import { describe, expect, test } from "vitest";
import {
  addDays,
  addMonths,
  dateForm,
  dateText,
  readDate,
  startOfWeek,
  weeksAround,
} from "../../src/lib/dates";

describe("a date field", () => {
  test("shows its day as the language writes it", () => {
    expect(dateText("day", "2026-06-03", "de")).toBe("03.06.2026");
    expect(dateText("day", "2026-06-03", "en-GB")).toBe("03/06/2026");
    expect(dateText("day", "2026-06-03", "en-US")).toBe("06/03/2026");
    expect(dateText("day", "", "en-US")).toBe("");
  });

  test("shows its time on a clock of 24 hours", () => {
    expect(dateText("minute", "2026-06-03T00:05", "de")).toBe("03.06.2026, 00:05");
    expect(dateText("minute", "2026-06-03T14:05", "en-US")).toBe("06/03/2026, 14:05");
    expect(dateText("minute", "", "en-US")).toBe("");
  });

  test("shows how a date is written where there is none", () => {
    expect(dateForm("day", "de", "de")).toBe("TT.MM.JJJJ");
    expect(dateForm("day", "en-US", "en")).toBe("mm/dd/yyyy");
    expect(dateForm("minute", "de", "de")).toBe("TT.MM.JJJJ, --:--");
  });

  test("reads what it shows, and days in the order of the language", () => {
    for (const locale of ["de", "en-GB", "en-US"]) {
      expect(readDate("day", dateText("day", "2026-06-03", locale), locale)).toBe("2026-06-03");
      const minute = dateText("minute", "2026-06-03T14:05", locale);
      expect(readDate("minute", minute, locale)).toBe("2026-06-03T14:05");
    }
    expect(readDate("day", "3.6.2026", "de")).toBe("2026-06-03");
    expect(readDate("day", "6/3/2026", "en-US")).toBe("2026-06-03");
    expect(readDate("day", "2026-06-03", "de")).toBe("2026-06-03");
    expect(readDate("minute", "2026-06-03T9:05", "de")).toBe("2026-06-03T09:05");
    expect(readDate("day", " ", "de")).toBe("");
  });

  test("takes a day without a time for its first or its last minute", () => {
    expect(readDate("minute", "3/6/2026", "en-GB")).toBe("2026-06-03T00:00");
    expect(readDate("minute", "3/6/2026", "en-GB", true)).toBe("2026-06-03T23:59");
  });

  test("takes nothing else for a date", () => {
    for (const text of ["2026-06-03T14:05Z", "3/6/9999", "3/6/2026 14:05 MEZ"]) {
      expect(readDate("minute", text, "en-GB"), text).toBeNull();
    }
    for (const text of ["3/6/20", "3/6", "30/2/2026", "13/13/2026", "soon", "3/6/2026 14:05", "003/6/2026"]) {
      expect(readDate("day", text, "en-GB"), text).toBeNull();
    }
    for (const text of [
      "3/6/2026 14",
      "3/6/2026 14:5",
      "3/6/2026 24:00",
      "3/6/2026 10:60",
      "3/6/2026 2:05 PM",
    ]) {
      expect(readDate("minute", text, "en-GB"), text).toBeNull();
    }
  });
});

describe("a calendar", () => {
  test("steps over the ends of months", () => {
    expect(addDays("2026-12-31", 1)).toBe("2027-01-01");
    expect(addDays("2026-03-01", -1)).toBe("2026-02-28");
    expect(addMonths("2026-01-31", 1)).toBe("2026-02-28");
    expect(addMonths("2026-01-15", -1)).toBe("2025-12-15");
    expect(addMonths("2026-11-30", 3)).toBe("2027-02-28");
  });

  test("has the whole weeks that a month touches", () => {
    const weeks = weeksAround("2026-06-17", 1);
    expect(weeks.map(([first]) => first)).toEqual([
      "2026-06-01",
      "2026-06-08",
      "2026-06-15",
      "2026-06-22",
      "2026-06-29",
    ]);
    expect(weeks.at(-1)?.at(-1)).toBe("2026-07-05");
    expect(weeksAround("2026-06-17", 7)[0]?.[0]).toBe("2026-05-31");
    expect(startOfWeek("2026-06-07", 1)).toBe("2026-06-01");
    expect(startOfWeek("2026-06-07", 7)).toBe("2026-06-07");
  });
});
