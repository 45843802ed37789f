import { describe, expect, test } from "vitest";
import { type Labelled, type PlacedLabel, placeLabels } from "../../src/lib/labels";

const frame = { width: 400, height: 300 };
const measure = (text: string) => ({ width: 7 * text.length + 10, height: 18 });
const face = (x: number, y: number, side: number, label: string, short = "1"): Labelled => ({
  box: { x, y, width: side, height: side },
  label,
  short,
});

function overlapping(labels: readonly (PlacedLabel | null)[]): number {
  const shown = labels.filter((one) => one !== null);
  return shown.flatMap((one, index) =>
    shown
      .slice(index + 1)
      .filter(
        (other) =>
          one.x < other.x + other.width &&
          other.x < one.x + one.width &&
          one.y < other.y + 18 &&
          other.y < one.y + 18,
      ),
  ).length;
}

describe("labels of faces", () => {
  test("stand above their box where nothing is in the way", () => {
    expect(placeLabels([face(100, 100, 60, "Ada")], frame, measure)).toEqual([
      { x: 100, y: 82, width: 31, text: "Ada", isShort: false },
    ]);
  });

  test("stay in the picture", () => {
    const faces = [face(10, 5, 60, "Ada"), face(380, 100, 15, "Grace Hopper")];
    const [top, right] = placeLabels(faces, frame, measure);
    const [all] = placeLabels([face(0, 0, 300, "all of it")], { width: 300, height: 300 }, measure);
    expect(top?.y).toBe(65);
    expect((right?.x ?? 0) + (right?.width ?? 0)).toBeLessThanOrEqual(frame.width);
    expect(all).toMatchObject({ x: 0, y: 0, text: "all of it" });
  });

  test("cover neither each other nor, where that can be, other faces", () => {
    const faces = [
      face(20, 100, 60, "Ada Lovelace"),
      face(85, 100, 60, "Grace Hopper"),
      face(150, 100, 60, "Mary Somerville"),
    ];
    const labels = placeLabels(faces, frame, measure);
    expect(overlapping(labels)).toBe(0);
    expect(labels.map((one) => one?.text)).toEqual(["Ada Lovelace", "Grace Hopper", "Mary Somerville"]);
    const below = placeLabels([face(20, 100, 60, "Ada"), face(20, 30, 60, "Grace")], frame, measure);
    expect(below[0]?.y).toBe(160);
  });

  test("become short where their words would cover faces, or where there is no place for them", () => {
    const crowd = Array.from({ length: 24 }, (_, index) =>
      face(
        10 + (index % 8) * 48,
        40 + Math.floor(index / 8) * 60,
        40,
        "somebody's long name",
        String(index + 1),
      ),
    );
    const labels = placeLabels(crowd, frame, measure);
    expect(overlapping(labels)).toBe(0);
    expect(labels.some((one) => one?.isShort)).toBe(true);
    expect(labels.some((one) => one?.isShort === false)).toBe(true);
    const short = labels.findIndex((one) => one?.isShort);
    expect(labels[short]?.text).toBe(String(short + 1));
  });

  test("have no place without words", () => {
    expect(placeLabels([face(100, 100, 60, "")], frame, measure)).toEqual([null]);
  });
});
