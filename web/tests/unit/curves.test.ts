import { describe, expect, test } from "vitest";
import type { Curve } from "../../src/api/analysis";
import { align, figureText, groupCurves, withIntervals } from "../../src/lib/curves";
import { localTime, utcTime } from "../../src/lib/moments";
import { readRegion, writeRegion } from "../../src/lib/regions";

const curve = (name: string, points: [number, number][], rest: Partial<Curve> = {}): Curve => ({
  name,
  x_label: "x",
  y_label: "y",
  points,
  ...rest,
});

describe("curves", () => {
  test("of one plot share a picture, and others have their own", () => {
    const groups = groupCurves([
      curve("a", [], { plot: "det", title: "Trade-off" }),
      curve("b", []),
      curve("c", [], { plot: "det" }),
    ]);
    expect(groups.map(({ title, curves }) => [title, curves.map(({ name }) => name)])).toEqual([
      ["Trade-off", ["a", "c"]],
      ["b", ["b"]],
    ]);
  });

  test("are put over one axis, in between on a straight line and beyond their ends nowhere", () => {
    const { x, aligned } = align([
      curve("a", [
        [2, 20],
        [0, 0],
      ]),
      curve("b", [
        [1, 5],
        [3, 7],
      ]),
    ]);
    expect(x).toEqual([0, 1, 2, 3]);
    expect(aligned.map(({ values }) => values)).toEqual([
      [0, 10, 20, null],
      [null, 5, 6, 7],
    ]);
  });

  test("on logarithmic axes leave out what cannot be shown, and are straight in logarithms", () => {
    const log = { x_log: true, y_log: true };
    const { x, aligned } = align([
      curve(
        "a",
        [
          [0, 1],
          [1, 1],
          [1e-4, 1e-4],
          [1e-6, 0],
        ],
        log,
      ),
      curve("b", [[1e-2, 0.5]], log),
    ]);
    expect(x).toEqual([1e-4, 1e-2, 1]);
    expect(aligned[0]?.values[1]).toBeCloseTo(1e-2, 10);
  });

  test("of steps stay what they were until the next step", () => {
    const steps = curve(
      "s",
      [
        [0, 1],
        [2, 3],
      ],
      { mark: "steps" },
    );
    expect(align([steps, curve("b", [[1, 0]])]).aligned[0]?.values).toEqual([1, 1, 3]);
  });
});

test("intervals are dashed lines, one of which has a name", () => {
  const one = curve(
    "FNMR",
    [
      [1, 2],
      [3, 4],
    ],
    { low: [1, 3], high: [5] },
  );
  expect(withIntervals([one], "interval").map(({ name, mark, points }) => [name, mark, points])).toEqual([
    ["FNMR", undefined, one.points],
    [
      "interval",
      "guide",
      [
        [1, 1],
        [3, 3],
      ],
    ],
    ["", "guide", [[1, 5]]],
  ]);
});

test("figures are written with their unit and interval", () => {
  const text = (value: number, unit: string, low?: number, high?: number) =>
    figureText({ name: "f", value, unit, ...(low === undefined ? {} : { low, high }) }, "en");
  expect(text(0.0112, "share", 0.0048, 0.02)).toBe("1.12 % (0.48 – 2)");
  expect(text(2.95e-6, "share")).toBe("3·10⁻⁴ %");
  expect(text(0, "share", 0, 0.0025)).toBe("0 % (0 – 0.25)");
  expect(text(12.345, "milliseconds")).toBe("12.3 ms");
  expect(text(1.9261, "score")).toBe("1.93");
  expect(text(4.2, "years")).toBe("4.2 years");
});

test("regions are four whole numbers, or the whole picture", () => {
  expect(readRegion("640, 360 0;120")).toEqual({ width: 640, height: 360, x: 0, y: 120 });
  expect(readRegion(writeRegion({ width: 1, height: 2, x: 3, y: 4 }))).toEqual({
    width: 1,
    height: 2,
    x: 3,
    y: 4,
  });
  expect([readRegion("  "), writeRegion(null)]).toEqual([null, ""]);
  for (const text of ["1, 2, 3", "0, 1, 2, 3", "1, 2, 3, -4", "a, b, c, d", "1.5, 2, 3, 4"]) {
    expect(readRegion(text)).toBeUndefined();
  }
});

test("moments go through an input of local time unchanged, to the minute", () => {
  expect(utcTime(localTime("2026-11-21T20:10:00.000Z"))).toBe("2026-11-21T20:10:00.000Z");
  expect([localTime(undefined), localTime("never"), utcTime(""), utcTime("x")]).toEqual(["", "", "", ""]);
});
