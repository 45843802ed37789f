import { describe, expect, test } from "vitest";
import { oneIn, passing, rateAt, strictestReached } from "../../src/lib/scores";

const point = (score: number, rate: number, extrapolated = false) => ({
  score,
  similarity: score,
  false_match_rate: rate,
  extrapolated,
});
const points = [point(0.75, 1e-4), point(0.5, 1e-2), point(0.85, 1e-5), point(0.92, 1e-6, true)];

describe("the false match rate of a score", () => {
  test("is that of its point, and lies between its neighbours' on a logarithmic scale", () => {
    expect(rateAt(points, 0.5)).toEqual({ value: 1e-2, extrapolated: false });
    expect(rateAt(points, 0.625)?.value).toBeCloseTo(1e-3, 8);
  });

  test("is marked where a neighbour is extrapolated or the score is beyond the table", () => {
    expect(rateAt(points, 0.85)?.extrapolated).toBe(false);
    expect(rateAt(points, 0.9)?.extrapolated).toBe(true);
    expect(rateAt(points, 0.2)).toEqual({ value: 1e-2, extrapolated: true });
    expect(rateAt(points, 1)).toEqual({ value: 1e-6, extrapolated: true });
    expect(rateAt([], 0.5)).toBeNull();
  });

  test("is told as one in so many", () => {
    expect([1e-4, 3e-3, 0.02, 0.3, 1, 2].map(oneIn)).toEqual([10_000, 300, 50, 3.3, 1, 1]);
    expect([oneIn(0), oneIn(Number.NaN)]).toEqual([null, null]);
  });
});

describe("thresholds", () => {
  const named = [
    { name: "strict", score: 0.7834, false_match_rate: 3e-5 },
    { name: "low", score: 0.569, false_match_rate: 3e-3 },
  ];

  test("tell the strictest that a score reaches", () => {
    expect(strictestReached(named, 0.7834)?.name).toBe("strict");
    expect(strictestReached(named, 0.7)?.name).toBe("low");
    expect(strictestReached(named, 0.1)).toBeNull();
  });

  test("let through candidates at and above them", () => {
    const candidate = (score: number) => ({
      subject: String(score),
      face: "1",
      score,
      false_match_rate: 0,
      extrapolated: false,
      expected_false_positives: 0,
    });
    expect(passing([candidate(0.9), candidate(0.6), candidate(0.59)], 0.6).map((one) => one.score)).toEqual([
      0.9, 0.6,
    ]);
  });
});
