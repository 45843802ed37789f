import { describe, expect, test } from "vitest";
import { bands, clock, emotionNames, type Frame, frameAt, timelines } from "../../src/lib/timeline";

const box = { x: 0, y: 0, width: 1, height: 1 };
const frame = (at_s: number, ...people: [number, Record<string, number>][]): Frame => ({
  at_s,
  people: people.map(([person, emotions]) => ({ person, box, emotions })),
});

const frames = [
  frame(0.5, [0, { joy: 75, neutral: 25 }]),
  frame(1, [0, { joy: 25, neutral: 75 }], [1, { anger: 10, joy: 30 }]),
  frame(1.5),
  frame(2, [1, { anger: 20, joy: 0 }]),
];

describe("a timeline", () => {
  test("has the mean of each emotion in each column, and nothing where nobody is", () => {
    const [first, second] = timelines(frames, 2, 2);
    expect(first?.person).toBe(0);
    expect(first?.columns).toEqual([{ joy: 0.5, neutral: 0.5 }, null]);
    expect(second?.columns).toEqual([
      { joy: 0.75, anger: 0.25 },
      { joy: 0, anger: 1 },
    ]);
  });

  test("joins neighbouring frames to stretches", () => {
    expect(timelines(frames, 2, 2).map((person) => person.seen)).toEqual([
      [{ from: 0, to: 1 }],
      [
        { from: 0.5, to: 1 },
        { from: 1.5, to: 2 },
      ],
    ]);
  });

  test("has no more columns than frames, and no holes between frames at uneven times", () => {
    const uneven = [0.5, 1, 1.6, 2, 2.5, 3].map((at) => frame(at, [0, { joy: 1 }]));
    const [only] = timelines(uneven, 3, 100);
    expect(only?.columns).toEqual(Array(6).fill({ joy: 1 }));
  });

  test("of a video without frames is empty", () => {
    expect(timelines([], 0, 10)).toEqual([]);
    expect(emotionNames([])).toEqual([]);
  });

  test("stacks emotions from the bottom in a fixed order", () => {
    expect(emotionNames(frames)).toEqual(["joy", "neutral", "anger"]);
    const [joy, neutral] = bands([{ joy: 0.25, neutral: 0.75 }, null], ["joy", "neutral"]);
    expect(joy).toEqual({ emotion: "joy", path: "M0 1V0.75H1V1Z" });
    expect(neutral?.path).toBe("M0 0.75V0H1V0.75Z");
  });
});

describe("the frame at a time", () => {
  test("is the one whose stretch the time lies in", () => {
    expect(frameAt(frames, 0.1)?.at_s).toBe(0.5);
    expect(frameAt(frames, 0.5)?.at_s).toBe(0.5);
    expect(frameAt(frames, 0.51)?.at_s).toBe(1);
    expect(frameAt(frames, 2.5)).toBeNull();
    expect(frameAt([], 0)).toBeNull();
  });

  test("is none far before the next frame", () => {
    expect(frameAt([frame(0.1), frame(0.2), frame(9)], 3)).toBeNull();
  });

  test("of an image is its only one", () => {
    expect(frameAt([frame(0, [0, {}])], 0)?.people).toHaveLength(1);
  });
});

test("times in a video are minutes, seconds and tenths", () => {
  expect([0, 2.54, 62.5, 3605, -1].map(clock)).toEqual(["0:00.0", "0:02.5", "1:02.5", "1:00:05.0", "0:00.0"]);
});
