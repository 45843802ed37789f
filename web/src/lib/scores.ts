// The calibrated scale: which false match rate a score stands for, and what that means in a gallery.

export interface CalibrationPoint {
  score: number;
  similarity: number;
  false_match_rate: number;
  extrapolated: boolean;
}

export interface NamedThreshold {
  name: string;
  score: number;
  false_match_rate: number;
}

export interface Calibration {
  models: string[];
  points: CalibrationPoint[];
  named: NamedThreshold[];
}

export interface Rate {
  value: number;
  extrapolated: boolean;
}

/**
 * The false match rate of a score: on a straight line between neighbouring points, the rate on a logarithmic scale. Beyond
 * the ends it is that of the end, marked as extrapolated. `null` without points.
 */
export function rateAt(points: CalibrationPoint[], score: number): Rate | null {
  const sorted = [...points].sort((one, other) => one.score - other.score);
  const [first] = sorted;
  const last = sorted.at(-1);
  if (first === undefined || last === undefined) return null;
  if (score < first.score) return { value: first.false_match_rate, extrapolated: true };
  if (score > last.score) return { value: last.false_match_rate, extrapolated: true };
  const at = sorted.findIndex((point) => point.score >= score);
  const above = sorted[at] ?? last;
  const below = sorted[at - 1] ?? above;
  if (above.score === score || above.score === below.score) {
    return { value: above.false_match_rate, extrapolated: above.extrapolated };
  }
  const part = (score - below.score) / (above.score - below.score);
  const [from, to] = [Math.log(below.false_match_rate), Math.log(above.false_match_rate)];
  const isSolid = Number.isFinite(from) && Number.isFinite(to);
  return {
    value: isSolid ? Math.exp(from + part * (to - from)) : above.false_match_rate,
    extrapolated: above.extrapolated || below.extrapolated,
  };
}

/** `10000` of "one in 10 000": the inverse of a rate to one digit, two below 100. `null` for rates of 0 and less. */
export function oneIn(rate: number): number | null {
  if (!(rate > 0)) return null;
  const inverse = 1 / Math.min(rate, 1);
  const digits = inverse < 100 ? 2 : 1;
  return Number(inverse.toPrecision(digits));
}

/** How many of this many strangers are expected to reach a score with this false match rate. */
export function expectedFalsePositives(strangers: number, rate: number): number {
  return strangers * rate;
}

/** The strictest named threshold that the score reaches; `null` where it reaches none. */
export function strictestReached(named: NamedThreshold[], score: number): NamedThreshold | null {
  const reached = named.filter((threshold) => score >= threshold.score);
  return reached.sort((one, other) => other.score - one.score)[0] ?? null;
}

export interface Candidate {
  subject: string;
  face: string;
  score: number;
  false_match_rate: number;
  extrapolated: boolean;
  expected_false_positives: number;
}

/** What a threshold lets through: candidates at or above it. */
export function passing(candidates: Candidate[], threshold: number): Candidate[] {
  return candidates.filter((candidate) => candidate.score >= threshold);
}
