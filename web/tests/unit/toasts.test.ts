import { describe, expect, test } from "vitest";
import { latest } from "../../src/lib/toasts";

const said = (id: number, since: number) => ({ id, since, kind: "done" as const, text: `said ${id}` });
const waiting = (id: number, since: number) => ({ id, since, label: `deleted ${id}`, due: null, left: 8000 });

describe("messages", () => {
  test("stand in the order in which they came", () => {
    const shown = latest([said(1, 10), said(2, 30)], [waiting(1, 20)]);
    expect(shown.map(({ since }) => since)).toEqual([10, 20, 30]);
  });

  test("are three at most, the newest", () => {
    const shown = latest([said(1, 10), said(2, 50)], [waiting(1, 20), waiting(2, 30), waiting(3, 40)]);
    expect(shown.map(({ since }) => since)).toEqual([30, 40, 50]);
  });
});
